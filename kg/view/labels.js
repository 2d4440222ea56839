// Labels and marks over the picture. Sizes are in pixels of the screen, places in those of the picture.

const widths = new Map();

function textWidth(context, text, bold) {
  const key = (bold ? "b" : "r") + text;
  if (!widths.has(key)) {
    context.font = `${bold ? 600 : 400} 100px ${face}`;
    widths.set(key, context.measureText(text).width / 100);
  }
  return widths.get(key);
}

// Room that is taken, in cells, so that a question costs little.
function plan() {
  const cells = new Map();
  const cellsOf = function* (box) {
    for (let x = Math.floor(box.left / 90); x <= Math.floor(box.right / 90); x += 1) {
      for (let y = Math.floor(box.top / 45); y <= Math.floor(box.bottom / 45); y += 1) yield x * 100003 + y;
    }
  };
  return {
    free(box) {
      for (const cell of cellsOf(box)) {
        for (const other of cells.get(cell) || []) {
          if (box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom) return false;
        }
      }
      return true;
    },
    take(box) {
      for (const cell of cellsOf(box)) {
        if (!cells.has(cell)) cells.set(cell, []);
        cells.get(cell).push(box);
      }
    },
  };
}

function around(x, y, width, height) {
  return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
}

function nodeLabel(context, node, scale, room, urgent) {
  const body = network.body.nodes[node.number];
  const inside = lookOf(node).inside;
  const font = inside && lookOf(node).shape === "box" ? 20 : 15;
  if (!body || (inside && font * scale >= 10.5)) return null; // vis-network writes it into the shape
  const bold = headline.has(node.number) || node.type === "Company";
  const size = limit(11.5, 14 * scale, 17) + (headline.has(node.number) ? 1 : 0);
  const lines = scale >= 0.5 || urgent ? caption(node) : [cut(node.type === "Deal" ? caption(node)[0] : short(node), 26)];
  const width = Math.max(...lines.map((line) => textWidth(context, line, bold))) * size + 8;
  const height = lines.length * size * 1.2 + 4;
  const { x, y } = places.get(node.number);
  const tall = ((body.shape.height || 20) / 2) * scale;
  for (const middle of [y * scale + tall + height / 2, y * scale - tall - height / 2]) {
    const box = around(x * scale, middle, width, height);
    if (room.free(box)) {
      room.take(box);
      return { x, y: middle / scale, lines, size, bold, colour: "ink" };
    }
  }
  return null;
}

function edgeLabel(context, edge, scale, room, urgent) {
  const size = limit(11, 11 * scale, 14);
  const text = wireLabel(edge);
  const width = textWidth(context, text, false) * size + 6;
  for (const part of lineOf(edge).mark && !edge.role ? [0.36, 0.64, 0.28, 0.72] : [0.5, 0.42, 0.58, 0.34, 0.66]) {
    const at = pointOn(edge, part);
    const box = at && around(at.x * scale, at.y * scale, width, size * 1.3);
    if (box && (room.free(box) || (urgent && part === 0.72))) {
      room.take(box);
      return { x: at.x, y: at.y, lines: [text], size, bold: false, colour: "muted" };
    }
  }
  return null;
}

function pointOn(edge, part) {
  const type = network.body.edges[edge.number] && network.body.edges[edge.number].edgeType;
  if (!type || !type.fromPoint) return null;
  const at = type.getPoint(part);
  return Number.isFinite(at.x) && Number.isFinite(at.y) ? at : null;
}

// Shapes with words in them are in nobody's way only while the words cannot be read.
function takeShapes(nodes, scale, room, all) {
  nodes.forEach((number) => {
    const body = network.body.nodes[number];
    if (!body || (!all && !(lookOf(things[number]).inside && scale > 0.5))) return;
    const { x, y } = places.get(number);
    room.take(around(x * scale, y * scale, (body.shape.width || 20) * scale, (body.shape.height || 20) * scale));
  });
}

// The labels of these nodes and edges that find room: headlines first, then by rank; as many as the zoom allows.
function layLabels(context, nodes, edges, scale, urgent) {
  const [room, labels] = [plan(), []];
  takeShapes(nodes, scale, room, false);
  const most = urgent ? Infinity : Math.max(45, 45 * (scale / whole) ** 2);
  const ordered = [...nodes].sort((one, other) => headline.has(other) - headline.has(one) || one - other).slice(0, most);
  ordered.forEach((number) => {
    if (scale < 0.5 && things[number].type === "Deal" && !headline.has(number) && !urgent) return;
    labels.push(nodeLabel(context, things[number], scale, room, urgent));
  });
  if (scale >= (edges.size > 60 ? 0.75 : 0.42) || urgent) {
    takeShapes(nodes, scale, room, true);
    edges.forEach((number) => labels.push(edgeLabel(context, relations[number], scale, room, urgent)));
  }
  return labels.filter(Boolean);
}

function write(context, label, scale) {
  const size = label.size / scale;
  const middle = (label.lines.length - 1) / 2;
  context.font = `${label.bold ? 600 : 400} ${size}px ${face}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.setLineDash([]);
  context.lineWidth = 3.5 / scale;
  context.strokeStyle = ground().paper;
  context.fillStyle = ground()[label.colour];
  label.lines.forEach((line, at) => {
    const y = label.y + (at - middle) * size * 1.2;
    context.strokeText(line, label.x, y);
    context.fillText(line, label.x, y);
  });
}

const strokes = {
  cross: [
    [-1, -1, 1, 1],
    [-1, 1, 1, -1],
  ],
  slash: [[-1, 1, 1, -1]],
  stop: [[0, -1.2, 0, 1.2]],
};

// The sign of a status at the middle of a line, so that it is told without colour too.
function drawMark(context, edge, scale) {
  const { mark } = lineOf(edge);
  const at = mark && (!edge.role || mark === "cross") && pointOn(edge, 0.5);
  if (!at || (scale < 0.3 && mark !== "cross")) return;
  const size = limit(2.6, 8 * scale, 8) / scale;
  context.setLineDash([]);
  context.strokeStyle = context.fillStyle = lineColour(lineOf(edge));
  if (mark === "dot") {
    context.beginPath();
    context.arc(at.x, at.y, size * 0.6, 0, 2 * Math.PI);
    context.fill();
  } else if (mark === "query") {
    write(context, { x: at.x, y: at.y, lines: ["?"], size: size * scale * 2, bold: true, colour: "ink" }, scale);
  } else {
    for (const [width, colour] of [
      [4.6, ground().paper],
      [1.9, lineColour(lineOf(edge))],
    ]) {
      context.lineWidth = width / scale;
      context.strokeStyle = colour;
      context.beginPath();
      strokes[mark].forEach(([x, y, toX, toY]) => {
        context.moveTo(at.x + x * size, at.y + y * size);
        context.lineTo(at.x + toX * size, at.y + toY * size);
      });
      context.stroke();
    }
  }
}

let laid = { key: "", labels: [] };
let laidChosen = { key: "", labels: [] };

function drawOver(context) {
  const scale = network.getScale();
  const key = scale + " " + version;
  if (laid.key !== key) laid = { key, labels: layLabels(context, shown.nodes, shown.edges, scale, false) };
  network.renderer.seen.forEach((edge) => drawMark(context, relations[edge.id], scale));
  laid.labels.forEach((label) => write(context, label, scale));
  const parts = chosenParts();
  if (parts) drawChosen(context, parts, scale, key);
  if (hovered) drawHovered(context, scale);
}

// A broad band under the line that is chosen.
function underline(context, edge, scale) {
  context.setLineDash([]);
  context.lineCap = "round";
  context.lineWidth = 10 / scale;
  context.strokeStyle = ground().band;
  context.beginPath();
  for (let part = 0; part <= 20; part += 1) {
    const at = pointOn(edge, part / 20);
    if (at) context.lineTo(at.x, at.y);
  }
  context.stroke();
  context.lineCap = "butt";
}

function drawChosen(context, parts, scale, key) {
  if (!state.depth) {
    const [from, to] = [network.DOMtoCanvas({ x: -9, y: -9 }), network.DOMtoCanvas({ x: window.innerWidth + 9, y: window.innerHeight + 9 })];
    context.fillStyle = ground().veil;
    context.fillRect(from.x, from.y, to.x - from.x, to.y - from.y);
    const edges = [...parts.edges].map((number) => network.body.edges[number]).filter((edge) => edge && edge.connected);
    if (state.chosen.edge) underline(context, state.chosen.edge, scale);
    edges.forEach((edge) => edge.draw(context));
    [...parts.nodes].forEach((number) => network.body.nodes[number] && shown.nodes.has(number) && network.body.nodes[number].draw(context));
    edges.forEach((edge) => edge.drawArrows(context));
    parts.edges.forEach((number) => drawMark(context, relations[number], scale));
  }
  if (state.chosen.edge && state.depth && shown.edges.has(state.chosen.edge.number)) underline(context, state.chosen.edge, scale);
  parts.nodes.forEach((number) => {
    if (!shown.nodes.has(number)) parts.nodes.delete(number);
  });
  if (laidChosen.key !== key) laidChosen = { key, labels: layLabels(context, parts.nodes, parts.edges, scale, true) };
  laidChosen.labels.forEach((label) => write(context, label, scale));
  if (state.chosen.node && shown.nodes.has(state.chosen.node.number)) ring(context, state.chosen.node.number, scale);
}

function ring(context, number, scale) {
  const { shape } = network.body.nodes[number];
  const { x, y } = places.get(number);
  const [width, height] = [(shape.width || 24) + 12 / scale, (shape.height || 24) + 12 / scale];
  context.setLineDash([]);
  context.lineWidth = 3 / scale;
  context.strokeStyle = ground().accent;
  context.beginPath();
  context.roundRect(x - width / 2, y - height / 2, width, height, 6 / scale);
  context.stroke();
}

function drawHovered(context, scale) {
  const at = hovered.node ? places.get(hovered.node.number) : pointOn(hovered.edge, 0.5);
  if (!at) return;
  const lines = hovered.node
    ? [short(hovered.node, 70), kind(hovered.node) + (hovered.node.status ? " · " + word(hovered.node.status) : "")]
    : [cut(sentence(hovered.edge), 90), word(hovered.edge.status)];
  const size = 13;
  const width = (Math.max(...lines.map((line) => textWidth(context, line, true))) * size + 16) / scale;
  const height = (lines.length * size * 1.3 + 10) / scale;
  const lift = hovered.node ? (network.body.nodes[hovered.node.number].shape.height || 20) / 2 + height / 2 + 6 / scale : height / 2 + 10 / scale;
  context.fillStyle = ground().paper;
  context.strokeStyle = ground().muted;
  context.lineWidth = 1 / scale;
  context.setLineDash([]);
  context.beginPath();
  context.roundRect(at.x - width / 2, at.y - lift - height / 2, width, height, 5 / scale);
  context.fill();
  context.stroke();
  write(context, { x: at.x, y: at.y - lift, lines, size, bold: true, colour: "ink" }, scale);
}
