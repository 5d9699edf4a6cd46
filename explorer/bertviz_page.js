// Unpacks the program and the weights, lets bertviz draw, and makes its drawing readable:
// colours and numbers for every head, labels that fit, and a keyboard for what only a mouse did.
(async () => {
  "use strict";
  const FONT = "'Helvetica Neue', Helvetica, Arial, sans-serif";
  const byId = (id) => document.getElementById(id);
  const notice = byId("notice");
  const payload = JSON.parse(byId("payload").textContent);
  const parameters = payload.parameters;
  const isHeadView = payload.view === "head";

  const unpack = async (packed) => {
    const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };

  // bertviz wants nested arrays (layer, head, query, key) of weights from 0 to 1.
  const nested = (bytes, shape) => {
    let next = 0;
    const level = ([size, ...inner]) => {
      if (inner.length) return Array.from({ length: size }, () => level(inner));
      next += size;
      return Array.from(bytes.subarray(next - size, next), (level) => level / payload.levels);
    };
    return level(shape);
  };

  // The layer that a person chose outlives a new drawing of the same kind in the same window. A
  // page that asks for another layer than before is obeyed.
  const memory = `bertviz: ${document.title}`;
  const remember = (layer) => {
    try {
      sessionStorage.setItem(memory, JSON.stringify([parameters.layer, layer]));
    } catch (refused) {
      console.info("The layer is not remembered: this browser keeps nothing for this page.");
    }
  };
  const remembered = () => {
    try {
      const [asked, chosen] = JSON.parse(sessionStorage.getItem(memory)) ?? [];
      const fits = asked === parameters.layer && parameters.include_layers.includes(chosen);
      return fits ? chosen : parameters.layer;
    } catch (refused) {
      return parameters.layer;
    }
  };

  // A label too long for its place ends in "…", and the whole of it shows on hover.
  const ruler = document.createElement("canvas").getContext("2d");
  const fit = (text, width) => {
    const letters = Array.from(text.textContent);
    ruler.font = `${text.getAttribute("font-size")} ${FONT}`;
    if (ruler.measureText(text.textContent).width <= width) return;
    let short = letters.length - 1;
    const cut = () => `${letters.slice(0, short).join("")}…`;
    while (short > 0 && ruler.measureText(cut()).width > width) short -= 1;
    const whole = document.createElementNS(text.namespaceURI, "title");
    whole.textContent = letters.join("");
    text.textContent = cut();
    text.parentNode.prepend(whole);
  };

  const asControl = (part, role, label) => {
    part.setAttribute("role", role);
    part.setAttribute("tabindex", "0");
    part.setAttribute("aria-label", label);
    part.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      part.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    });
  };

  const readHeadBoxes = (svg, boxes) => {
    // bertviz fills the box of a head that is switched off with a paler colour.
    boxes.forEach((box, head) => {
      const on = box.getAttribute("fill") === payload.colours[head];
      box.setAttribute("aria-checked", String(on));
      svg.querySelectorAll(".head-number")[head].classList.toggle("off", !on);
    });
  };

  const dressHeadView = (svg) => {
    const boxes = [...svg.lastElementChild.querySelectorAll("rect")];
    svg.style.minWidth = `${boxes.length * payload.box}px`;
    boxes.forEach((box, head) => {
      asControl(box, "checkbox", `Head ${payload.heads[head]}`);
      const number = document.createElementNS(svg.namespaceURI, "text");
      number.setAttribute("class", "head-number");
      number.setAttribute("x", (head + 0.5) * payload.box);
      number.setAttribute("y", 0.7 * payload.box);
      number.textContent = payload.heads[head];
      svg.append(number);
    });
    for (const event of ["click", "dblclick"]) {
      svg.addEventListener(event, () => readHeadBoxes(svg, boxes));
    }
    readHeadBoxes(svg, boxes);
    svg.querySelectorAll("#left text, #right text").forEach((text) => fit(text, payload.room));
  };

  const dressModelView = (svg) => {
    svg.querySelectorAll(".attn_background").forEach((cell) => {
      const [layer, head] = cell.id.split("_").slice(-2).map(Number);
      const label = `Layer ${parameters.include_layers[layer]}, head ${payload.heads[head]}`;
      asControl(cell.parentNode.lastElementChild, "button", label);
    });
    // A click draws the chosen cell large; its labels come then.
    new MutationObserver(() => {
      svg.querySelectorAll(".detail .token").forEach((text) => fit(text, payload.room));
    }).observe(svg, { childList: true });
  };

  const draw = async () => {
    parameters.attention[0].attn = nested(await unpack(payload.weights), payload.shape);
    const asked = parameters.layer;
    if (isHeadView) parameters.layer = remembered();
    window.bertvizParameters = parameters;
    window.bertvizColours = payload.colours;
    window.bertvizLayerColours = payload.layer_colours;
    const program = document.createElement("script");
    program.textContent = new TextDecoder().decode(await unpack(byId("program").textContent));
    document.head.append(program);
    parameters.layer = asked;

    const drawing = byId("vis");
    const dress = () => {
      const svg = drawing.querySelector("svg");
      if (!svg) throw new Error("bertviz drew nothing.");
      if (isHeadView) dressHeadView(svg);
      else dressModelView(svg);
    };
    dress();
    if (isHeadView) {
      const chosen = byId("layer");
      chosen.setAttribute("aria-label", "Layer");
      chosen.addEventListener("change", () => remember(Number(chosen.value)));
      // Another layer is another drawing.
      new MutationObserver(() => {
        if (!drawing.querySelector(".head-number")) dress();
      }).observe(drawing, { childList: true });
    }
    notice.remove();
  };

  try {
    await draw();
    document.documentElement.dataset.drawn = "yes";
  } catch (failure) {
    notice.hidden = false;
    notice.textContent =
      "This browser cannot draw the attention; open the page in Chrome, Edge, Firefox or Safari " +
      "of 2023 or later.";
    console.error(failure);
  }
})();
