// The picture: vis-network draws shapes and lines; labels and marks are ours, so that no two lie on one another at any zoom.

const dots = new window.vis.DataSet();
const wires = new window.vis.DataSet();
let network = null;
const face = 'system-ui, "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", "WenQuanYi Zen Hei", sans-serif';
const papers = {
  light: { paper: "#fbfcfd", ink: "#1b2430", muted: "#4c5866", accent: "#0b63c4", veil: "rgba(251,252,253,0.8)", band: "rgba(11,99,196,0.25)" },
  dark: { paper: "#12171e", ink: "#e8edf3", muted: "#b3bfcc", accent: "#6cb6ff", veil: "rgba(18,23,30,0.8)", band: "rgba(108,182,255,0.3)" },
};
const places = new Map(); // of every node that was drawn, by number
const bends = new Map(); // of lines between the same two, by number
let shown = { nodes: new Set(), edges: new Set() };
let hovered = null;
let version = 0; // of what the labels depend on, beside the zoom
let whole = 1; // the zoom at which all of the picture is seen

const EXPANDED = 40; // neighbours that one "expand" brings at most
const dark = () => document.documentElement.dataset.scheme === "dark";
const ground = () => papers[dark() ? "dark" : "light"];
const limit = (low, value, high) => Math.max(low, Math.min(value, high));
const headline = new Set(source.headlines);

source.places.forEach(([x, y], number) => places.set(number, { x, y }));

// Looks

const lineOf = (edge) => source.lines[edge.status] || source.lines.Possible;
const lookOf = (node) => source.looks[node.type];
const lineColour = (line) => (dark() ? line.dark : line.colour);
const lookColour = (look) => (dark() ? look.dark : look.fill);

function dotStyle(node) {
  const look = lookOf(node);
  const fill = lookColour(look);
  const border = (dark() ? look.border_dark : look.border) || fill;
  return {
    id: node.number,
    shape: look.shape,
    hidden: !shown.nodes.has(node.number),
    color: { background: fill, border, highlight: { background: fill, border }, hover: { background: fill, border } },
    size: headline.has(node.number) ? (source.drawn > 100 ? 46 : 34) : node.type === "Deal" ? 22 : 12 + Math.min(6, node.edges.length / 2),
    widthConstraint: look.shape === "ellipse" ? { minimum: 26 } : false,
    label: look.inside ? caption(node).join("\n") : " ",
    font: { color: (dark() ? look.inside_dark : look.inside) || ground().ink, size: look.shape === "box" ? 20 : 15, face },
    scaling: { label: { enabled: false, drawThreshold: 10.5, maxVisible: 40 } },
  };
}

function wireStyle(edge) {
  const line = lineOf(edge);
  const colour = lineColour(line);
  const width = edge.role ? 1.3 : 1 + Math.min(edge.support, 4) * 0.6;
  return {
    id: edge.number,
    from: edge.s,
    to: edge.o,
    hidden: !shown.edges.has(edge.number),
    width,
    color: { color: colour, highlight: colour, hover: colour, inherit: false, opacity: edge.role ? 0.85 : 0.95 },
    dashes: line.dashes.length ? line.dashes : false,
    smooth: bends.get(edge.number) || false,
    arrows: { to: { enabled: !edge.role && !symmetric.has(edge.predicate), scaleFactor: 0.6 } },
  };
}

// Lines between the same two are bent apart, and away from a deal of the two, which stands between them.
function measureBends() {
  const pairs = new Map();
  const pairOf = (one, other) => Math.min(one, other) + " " + Math.max(one, other);
  relations.forEach((edge) => {
    const pair = pairOf(edge.s, edge.o);
    pairs.set(pair, [...(pairs.get(pair) || []), edge]);
  });
  const dealt = new Set(
    things
      .filter((node) => node.type === "Deal")
      .flatMap((deal) => {
        const parties = rolesOf(deal).map((edge) => edge.o);
        return parties.flatMap((one) => parties.map((other) => pairOf(one, other)));
      }),
  );
  pairs.forEach((edges, pair) => {
    const first = dealt.has(pair) ? 1 : (1 - edges.length) / 2;
    if (edges.length < 2 && first !== 1) return;
    edges.forEach((edge, at) => {
      const bend = (first + at) * 0.22;
      const turned = edge.s < edge.o ? bend : -bend;
      bends.set(
        edge.number,
        turned ? { enabled: true, type: turned > 0 ? "curvedCW" : "curvedCCW", roundness: Math.min(Math.abs(turned), 0.9) } : false,
      );
    });
  });
}

// A node's name in short lines; a headline deal's sides, any deal's kind and status.
function caption(node) {
  if (node.type === "Deal") {
    const states = [word(node.kind || "Deal"), word(node.status)];
    return headline.has(node.number) ? [cut(sides(node), 44), states.join(" · ")] : states;
  }
  return wrap(short(node, 100));
}

function wrap(text) {
  const wide = /[\u3400-\u9fff\uf900-\ufaff]/.test(text);
  const lines = [];
  if (wide) {
    const signs = Array.from(text);
    const each = Math.ceil(signs.length / Math.ceil(signs.length / 12));
    for (let at = 0; at < signs.length; at += each) lines.push(signs.slice(at, at + each).join(""));
  } else {
    text.split(/\s+/).forEach((part) => {
      const last = lines.length - 1;
      if (last >= 0 && lines[last].length + part.length < 22) lines[last] += " " + part;
      else for (let at = 0; at < Math.max(part.length, 1); at += 24) lines.push(part.slice(at, at + 24));
    });
  }
  return lines.length <= 4 ? lines : [...lines.slice(0, 3), lines[3] + " …"];
}

function wireLabel(edge) {
  const doubt = ["Stated", "Completed"].includes(edge.status) || edge.role ? [] : [word(edge.status)];
  if (edge.disputed && !edge.role) doubt.push(say("disputed", "说法不一"));
  return doubt.length ? say(`${word(edge.predicate)} (${doubt.join(", ")})`, `${word(edge.predicate)}（${doubt.join("，")}）`) : word(edge.predicate);
}

// What is in the picture

// Bring the picture up to date with the filters and the focus; with ``looks`` also with language and scheme.
function sync(looks) {
  const before = shown;
  shown = visible(false);
  version += 1;
  const dotsChanged = [...state.drawn].filter((number) => looks || shown.nodes.has(number) !== before.nodes.has(number) || !dots.get(number));
  dots.update(dotsChanged.map((number) => ({ ...dotStyle(things[number]), ...(dots.get(number) ? {} : places.get(number)) })));
  const inside = relations.filter((edge) => state.drawn.has(edge.s) && state.drawn.has(edge.o));
  const known = new Set(wires.getIds());
  const changed = (edge) => looks || shown.edges.has(edge.number) !== before.edges.has(edge.number) || !known.has(edge.number);
  wires.update(inside.filter(changed).map(wireStyle));
  if (network) network.redraw();
}

// Hand everything to vis-network at once: to change it afterwards costs as much again.
function begin() {
  repaint();
  sync(true);
  describe(); // before the picture, whose room depends on it
  network = new window.vis.Network(document.getElementById("mynetwork"), { nodes: dots, edges: wires }, source.options);
  window.network = network;
  lighten(network.renderer);
}

// Draw less of what cannot be seen: lines beside the picture; far out, or while many lines move, also dashes and arrowheads. Without a graphics card
// that is the difference between 4 and more than 10 pictures a second at 1,000 nodes.
function lighten(renderer) {
  const plain = () => network.getScale() < 0.3 || (renderer.dragging && shown.edges.size > 300);
  renderer._drawEdges = (context) => {
    const from = network.DOMtoCanvas({ x: 0, y: 0 });
    const to = network.DOMtoCanvas({ x: window.innerWidth, y: window.innerHeight });
    const { nodes, edges } = network.body;
    if (plain()) context.setLineDash = () => {}; // hides the context's own
    renderer.seen = [...shown.edges]
      .map((number) => edges[number])
      .filter((edge) => {
        if (!edge || !edge.connected) return false;
        const [one, other] = [nodes[edge.fromId], nodes[edge.toId]];
        const bend = edge.options.smooth && edge.options.smooth.enabled ? 200 : 30;
        return (
          Math.max(one.x, other.x) > from.x - bend &&
          Math.min(one.x, other.x) < to.x + bend &&
          Math.max(one.y, other.y) > from.y - bend &&
          Math.min(one.y, other.y) < to.y + bend
        );
      });
    renderer.seen.forEach((edge) => edge.draw(context));
    delete context.setLineDash;
  };
  renderer._drawArrows = (context) => {
    if (!plain()) renderer.seen.forEach((edge) => edge.drawArrows(context));
  };
}

// Put a node that is not drawn beside one that is: the first free place around it, always the same.
function place(node, beside) {
  const centre = beside === null ? { x: 0, y: 0 } : places.get(beside);
  const taken = [...places.values()];
  for (let ring = 1; ring < 60; ring += 1) {
    for (let step = 0; step < 6 * ring; step += 1) {
      const angle = (step / (6 * ring)) * 2 * Math.PI + ring;
      const spot = { x: Math.round(centre.x + Math.cos(angle) * ring * 150), y: Math.round(centre.y + Math.sin(angle) * ring * 110) };
      if (taken.every((other) => Math.abs(other.x - spot.x) > 110 || Math.abs(other.y - spot.y) > 70)) {
        places.set(node.number, spot);
        return;
      }
    }
  }
  places.set(node.number, centre);
}

const undrawn = (node) => [...new Set(partners(node).filter((one) => !state.drawn.has(one.number)))].sort((one, other) => one.number - other.number);

function draw(node, beside) {
  if (state.drawn.has(node.number)) return;
  place(node, beside);
  state.drawn.add(node.number);
}

function reveal(node) {
  const near = partners(node)
    .filter((one) => state.drawn.has(one.number))
    .sort((one, other) => one.number - other.number)[0];
  draw(node, near ? near.number : null);
}

function expand(node) {
  reveal(node);
  const more = undrawn(node).slice(0, EXPANDED);
  more.forEach((one) => draw(one, node.number));
  return more.length;
}

// The part of the picture that is not covered by the panel and the legend, in pixels from each edge.
function insets() {
  const canvas = document.getElementById("mynetwork").getBoundingClientRect();
  const inset = { left: 12, right: 12, top: 12, bottom: 12 };
  const over = (id, side, size) => {
    const box = document.getElementById(id).getBoundingClientRect();
    if (box.width && box.height && box.bottom > canvas.top && box.top < canvas.bottom) inset[side] += size(box);
  };
  over("intro", "top", (box) => box.bottom - canvas.top);
  if (phone.matches) over("panel", "bottom", (box) => canvas.bottom - box.top);
  else {
    over("panel", "right", (box) => canvas.right - box.left);
    over("legend", "bottom", (box) => canvas.bottom - box.top);
    over("filters", "left", (box) => box.right - canvas.left);
  }
  return { ...inset, width: canvas.width - inset.left - inset.right, height: canvas.height - inset.top - inset.bottom };
}

function bounds(numbers) {
  const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  numbers.forEach((number) => {
    const { x, y } = places.get(number);
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y);
  });
  return box;
}

// Show these nodes, or all, as large as they fit.
function fit(numbers, moving) {
  const wanted = [...(numbers || shown.nodes)].filter((number) => places.has(number));
  if (!wanted.length) return;
  const box = bounds(wanted);
  const room = insets();
  const scale = limit(
    0.03,
    Math.min((room.width - Math.min(130, room.width * 0.22)) / (box.right - box.left || 1), (room.height - 90) / (box.bottom - box.top || 1)),
    1.25,
  );
  if (!numbers) whole = scale;
  centre((box.left + box.right) / 2, (box.top + box.bottom) / 2 + 12 / scale, scale, moving);
}

function centre(x, y, scale, moving) {
  const room = insets();
  const offset = { x: (room.left - room.right) / 2, y: (room.top - room.bottom) / 2 };
  network.moveTo({
    position: { x, y },
    scale,
    offset,
    animation: moving && !still.matches ? { duration: 350, easingFunction: "easeInOutQuad" } : false,
  });
}

// Bring what is chosen into sight, moving no more than needed.
function approach() {
  if (!state.chosen) return;
  const numbers = state.chosen.node ? [state.chosen.node.number] : [state.chosen.edge.s, state.chosen.edge.o];
  if (state.depth) {
    fit(null, true);
    return;
  }
  const room = insets();
  const spots = numbers.filter((number) => places.has(number)).map((number) => network.canvasToDOM(places.get(number)));
  const seen = spots.every(
    (at) => at.x > room.left + 30 && at.x < room.left + room.width - 30 && at.y > room.top + 30 && at.y < room.top + room.height - 30,
  );
  if (seen && network.getScale() > 0.3) return;
  const box = bounds(numbers.filter((number) => places.has(number)));
  centre((box.left + box.right) / 2, (box.top + box.bottom) / 2, Math.max(network.getScale(), numbers.length > 1 ? 0.6 : 0.8), true);
}

function zoom(factor) {
  const room = insets();
  const middle = network.DOMtoCanvas({ x: room.left + room.width / 2, y: room.top + room.height / 2 });
  centre(middle.x, middle.y, limit(0.03, network.getScale() * factor, 5), false);
}

function pan(across, down) {
  const at = network.getViewPosition();
  network.moveTo({ position: { x: at.x + (across * 90) / network.getScale(), y: at.y + (down * 90) / network.getScale() } });
}

// The neighbour that lies most nearly in a direction from what is chosen.
function neighbour(across, down) {
  const from = state.chosen.node || things[state.chosen.edge.s];
  const here = places.get(from.number);
  let best = null;
  partners(from).forEach((node) => {
    if (!here || !shown.nodes.has(node.number) || node === from) return;
    const { x, y } = places.get(node.number);
    const far = Math.hypot(x - here.x, y - here.y) || 1;
    const turn = ((x - here.x) * across + (y - here.y) * down) / far;
    const cost = far * (2 - turn);
    if (turn > 0.35 && (!best || cost < best.cost)) best = { node, cost };
  });
  return best && best.node;
}

// What stands out while something is chosen: it, its lines and what they lead to.
function chosenParts() {
  if (!state.chosen) return null;
  if (state.chosen.edge) return { nodes: new Set([state.chosen.edge.s, state.chosen.edge.o]), edges: new Set([state.chosen.edge.number]) };
  const edges = state.chosen.node.edges.filter((edge) => shown.edges.has(edge.number));
  return {
    nodes: new Set([state.chosen.node.number, ...edges.flatMap((edge) => [edge.s, edge.o])]),
    edges: new Set(edges.map((edge) => edge.number)),
  };
}
