"""What went wrong at the Hub, in one plain sentence.

The sentences never hold a token, an address or a class of the client.
"""

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from explorer.errors import ExplorerError

FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

logger = logging.getLogger(__name__)


@contextmanager
def plain_failures(hub_id: str) -> Iterator[None]:
    """Turn whatever the client raises into one sentence; the message says what to do."""
    try:
        yield
    except ExplorerError:
        raise
    except Exception as error:
        logger.info("fetching %s failed: %s", hub_id, type(error).__name__)
        raise ExplorerError(_sentence(hub_id, error)) from error


def _sentence(hub_id: str, error: BaseException) -> str:
    import httpx2
    from huggingface_hub import constants, errors

    cause = error
    while isinstance(cause, errors.LocalEntryNotFoundError) and cause.__cause__ is not None:
        cause = cause.__cause__
    status = getattr(getattr(cause, "response", None), "status_code", None)
    if isinstance(cause, errors.GatedRepoError) or status == 403:
        return (
            f"{hub_id} is gated: ask for access on its page on the Hub, then sign in on this "
            "computer with `hf auth login` and try again."
        )
    if isinstance(cause, errors.RepositoryNotFoundError) or status in (401, 404):
        # The Hub says the same of a model that is not there and of one that is private.
        return (
            f"The Hub has no model “{hub_id}” that this computer may see: check the spelling, or "
            "sign in with `hf auth login`."
        )
    if status == 429:
        return f"The Hub takes no more requests from here for now: try {hub_id} again later."
    if isinstance(cause, (errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError)):
        return (
            f"{hub_id} is not complete on this computer, and downloads are switched off here "
            "(HF_HUB_OFFLINE): fetch it where they are not."
        )
    if status is not None:
        return f"The Hub could not serve {hub_id} (error {status}): try again in a few minutes."
    if isinstance(cause, OSError) and cause.errno in FULL_DISK:
        return (
            f"The disk is full: {hub_id} could not be stored. Make room, or set HF_HUB_CACHE to a "
            "folder on another disk."
        )
    if isinstance(cause, PermissionError):
        return (
            f"{hub_id} could not be stored: the cache folder cannot be written to. Set "
            "HF_HUB_CACHE to a folder that can."
        )
    if isinstance(cause, httpx2.ConnectError):
        return (
            f"There is no connection to the Hub, and {hub_id} is not complete on this computer: "
            "connect to the network, or use a bundled model."
        )
    if isinstance(cause, httpx2.TimeoutException):
        return (
            f"The Hub fell silent for more than {constants.HF_HUB_DOWNLOAD_TIMEOUT} seconds while "
            f"{hub_id} was being fetched: try again, or allow more in HF_HUB_DOWNLOAD_TIMEOUT. "
            "Nothing unfinished is kept."
        )
    if isinstance(cause, httpx2.HTTPError) or "Consistency check" in str(cause):
        return (
            f"The connection broke off while {hub_id} was being fetched: try again. Nothing "
            "unfinished is kept."
        )
    return (
        f"{hub_id} could not be fetched ({type(error).__name__}): the answers are not those of "
        "a Hub. Check HF_ENDPOINT and the network."
    )
