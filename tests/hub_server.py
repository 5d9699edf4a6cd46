"""A stand-in Hub on loopback, which speaks as much of the Hub's protocol as the client asks for.

    with HubServer({"someone/model": folder}) as hub:
        environment["HF_ENDPOINT"] = hub.url
        hub.fault = "cut"

Large files are answered as the Hub does it: the `resolve` address redirects to another host (the
same server under its other name), which takes ranges. `hub.requests` holds what was asked.

Faults, switched at any time by setting `hub.fault`:

    missing        no model has this id (what the Hub says to people who are not signed in: 401)
    gated          the model's page is public, its files need access: 401 with the Hub's code
    forbidden      the same to somebody who is signed in: 403
    server error   every answer is 500
    too many       every answer is 429
    cut            the connection breaks inside each large file, and later ones break at once
    cut once       the connection breaks once inside the first large file
    stall          a large file stops inside, its connection stays open, and later requests for
                   large files get no byte at all
    wrong bytes    large files have the right size and other bytes
    wrong small    small files have the right size and other bytes
    not a hub      every answer is a web page

`hub.cut_files` can name the files that "cut", "cut once" and "stall" mean.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from urllib.parse import unquote, urlsplit

LARGE_SUFFIXES = (".safetensors", ".bin", ".model", ".spm", ".h5", ".msgpack")
CHUNK_BYTES = 64 * 1024
COMMIT = hashlib.sha1(b"the only commit").hexdigest()


@dataclass(frozen=True)
class Request:
    """One request as the server saw it."""

    method: str
    path: str
    range: str | None
    authorization: str | None


class HubServer:
    """Serves checkpoint folders under ids of the Hub until the `with` block ends."""

    def __init__(
        self, models: Mapping[str, Path] | Path, pause: float = 0.0, cut_at: float = 0.5
    ) -> None:
        """Serve these models.

        Args:
            models: folders by id; one folder alone gets the id "someone/model".
            pause: seconds to wait after each 64 kB of a large file.
            cut_at: at which part of a large file the connection breaks.
        """
        self.models = {"someone/model": models} if isinstance(models, Path) else dict(models)
        self.fault: str | None = None
        self.pause = pause
        self.cut_at = cut_at
        self.cut_files: tuple[str, ...] = ()
        self.cuts = 0
        self.stalls = 0
        self.ended = Event()
        self.requests: list[Request] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """For HF_ENDPOINT."""
        return f"http://127.0.0.1:{self.port}"

    def asked(self, part: str, method: str = "GET") -> list[Request]:
        """The requests whose path holds `part`."""
        return [one for one in self.requests if part in one.path and one.method == method]

    def __enter__(self) -> "HubServer":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def is_large(path: Path) -> bool:
    """Whether the Hub would keep the file in its store for large files."""
    return path.suffix in LARGE_SUFFIXES


def etag(path: Path) -> str:
    """The checksum that names a file: SHA-256 for large ones, git's SHA-1 for small ones."""
    content = path.read_bytes()
    if is_large(path):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _handler(hub: HubServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.answer()

        def do_GET(self) -> None:
            self.answer()

        def log_message(self, *_: object) -> None: ...

        def answer(self) -> None:
            path = unquote(urlsplit(self.path).path)
            hub.requests.append(
                Request(
                    self.command,
                    path,
                    self.headers.get("Range"),
                    self.headers.get("Authorization"),
                )
            )
            if hub.fault == "server error":
                return self.say(500, b"out of order")
            if hub.fault == "too many":
                return self.say(429, b"slow down", {"Retry-After": "0"})
            if hub.fault == "not a hub":
                return self.say(200, b"<html>Please sign in to the Wi-Fi</html>")
            if path.startswith("/api/models/"):
                return self.describe(path.removeprefix("/api/models/"))
            if path.startswith("/large-files/"):
                name, _, file = path.removeprefix("/large-files/").rpartition("/")
                return self.send_large(hub.models[name] / file)
            name, _, rest = path.strip("/").partition("/resolve/")
            return self.resolve(name, rest.partition("/")[2])

        def describe(self, rest: str) -> None:
            name, _, revision = rest.partition("/revision/")
            folder = hub.models.get(name)
            if folder is None or hub.fault == "missing":
                return self.say_missing()
            if revision not in ("", "main", COMMIT):
                return self.say(404, b"", {"X-Error-Code": "RevisionNotFound"})
            siblings: list[dict[str, object]] = []
            for path in sorted(folder.iterdir()):
                entry: dict[str, object] = {
                    "rfilename": path.name,
                    "size": path.stat().st_size,
                    "blobId": etag(path)[:40],
                }
                if is_large(path):
                    entry["lfs"] = {
                        "sha256": etag(path),
                        "size": path.stat().st_size,
                        "pointerSize": 130,
                    }
                siblings.append(entry)
            answer = {
                "_id": "0" * 24,
                "id": name,
                "modelId": name,
                "sha": COMMIT,
                "private": False,
                "gated": "manual" if hub.fault in ("gated", "forbidden") else False,
                "disabled": False,
                "downloads": 0,
                "likes": 0,
                "tags": [],
                "siblings": siblings,
            }
            return self.say(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

        def resolve(self, name: str, file: str) -> None:
            folder = hub.models.get(name)
            if folder is None or hub.fault == "missing":
                return self.say_missing()
            if hub.fault in ("gated", "forbidden"):
                status = 401 if hub.fault == "gated" else 403
                return self.say(status, b"", {"X-Error-Code": "GatedRepo"})
            path = folder / file
            if not path.is_file():
                headers = {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT}
                return self.say(404, b"", headers)
            headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{etag(path)}"'}
            if is_large(path):
                headers["X-Linked-Etag"] = f'"{etag(path)}"'
                headers["X-Linked-Size"] = str(path.stat().st_size)
                headers["Location"] = f"http://localhost:{hub.port}/large-files/{name}/{file}"
                return self.say(302, b"", headers)
            content = path.read_bytes()
            if hub.fault == "wrong small":
                content = content.replace(b" ", b"\t")
            return self.say(200, content, headers)

        def send_large(self, path: Path) -> None:
            if hub.fault == "cut" and hub.cuts:
                self.close_connection = True
                return
            content = path.read_bytes()
            if hub.fault == "wrong bytes":
                content = content[:-100] + bytes(byte ^ 0xFF for byte in content[-100:])
            begin = 0
            asked = self.headers.get("Range", "")
            if asked.startswith("bytes="):
                begin = int(asked.removeprefix("bytes=").partition("-")[0])
            self.send_response(206 if begin else 200)
            self.send_header("Content-Length", str(len(content) - begin))
            self.send_header("Accept-Ranges", "bytes")
            if begin:
                whole = len(content)
                self.send_header("Content-Range", f"bytes {begin}-{whole - 1}/{whole}")
            self.end_headers()
            if self.command == "HEAD":
                return
            end = len(content)
            meant = not hub.cut_files or path.name in hub.cut_files
            if hub.fault in ("cut", "cut once") and meant and not hub.cuts:
                hub.cuts += 1
                end = begin + int((end - begin) * hub.cut_at)
                self.close_connection = True
            stalls = hub.fault == "stall" and meant
            if stalls:
                end = begin if hub.stalls else begin + int((end - begin) * hub.cut_at)
                hub.stalls += 1
            for start in range(begin, end, CHUNK_BYTES):
                self.wfile.write(content[start : min(start + CHUNK_BYTES, end)])
                time.sleep(hub.pause)
            if stalls:
                hub.ended.wait()
                self.close_connection = True

        def say_missing(self) -> None:
            self.say(401, b"", {"X-Error-Message": "Invalid username or password."})

        def say(self, status: int, content: bytes, headers: Mapping[str, str] = {}) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

    return Handler
