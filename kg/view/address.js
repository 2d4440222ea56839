// The fragment of the address. What it says is checked before it is believed.

let waiting = null;
let recalling = false;
let touched = false; // once people have moved or chosen something, the picture stays where they left it

function fragment() {
  const { filters } = state;
  const parts = new URLSearchParams();
  const put = (key, value) => {
    if (value) parts.append(key, value);
  };
  put("lang", state.language === "zh" ? "zh" : "");
  put("scheme", state.scheme);
  put("view", state.view === "list" ? "list" : "");
  if (state.chosen) put(state.chosen.node ? "node" : "edge", (state.chosen.node || state.chosen.edge).id);
  put("depth", state.depth ? String(state.depth) : "");
  ["types", "statuses", "predicates"].forEach((group) => [...filters[group]].sort().forEach((value) => put("no-" + group, value)));
  ["said", "from", "to"].forEach((key) => put(key, filters[key]));
  put("dated", filters.undated ? "" : "1");
  put("disputed", filters.disputed ? "1" : "");
  put("least", filters.least > 1 ? String(filters.least) : "");
  [...state.drawn]
    .filter((number) => number >= source.drawn)
    .slice(0, 200)
    .forEach((number) => put("with", things[number].id));
  const at = network.getViewPosition();
  put("at", [Math.round(at.x), Math.round(at.y), Math.round(network.getScale() * 1000) / 1000].join(","));
  return parts.toString();
}

function remember() {
  if (recalling) return;
  touched = true;
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    try {
      history.replaceState(null, "", "#" + fragment());
    } catch {
      /* the page works without */
    }
  }, 250);
}

// Take over what a fragment says; true if it says where to look.
function recall(text) {
  const parts = new URLSearchParams(text.replace(/^#/, ""));
  const one = (key, pattern) => (pattern.test(parts.get(key) || "") ? parts.get(key) : "");
  state.language = one("lang", /^zh$/) || "en";
  state.scheme = one("scheme", /^(light|dark)$/);
  state.view = one("view", /^list$/) || "graph";
  state.filters = blankFilters();
  ["types", "statuses", "predicates"].forEach((group) =>
    parts.getAll("no-" + group).forEach((value) => {
      if (counts[group].has(value)) state.filters[group].add(value);
    }),
  );
  ["from", "to"].forEach((key) => {
    state.filters[key] = one(key, /^\d{4}-\d\d-\d\d$/);
  });
  state.filters.said = (parts.get("said") || "").slice(0, 200);
  state.filters.undated = !one("dated", /^1$/);
  state.filters.disputed = Boolean(one("disputed", /^1$/));
  state.filters.least = Number(one("least", /^[1-9]\d?$/)) || 1;
  parts
    .getAll("with")
    .slice(0, 200)
    .forEach((id) => {
      if (byId.has("n" + id)) reveal(byId.get("n" + id));
    });
  const [node, edge] = [byId.get("n" + parts.get("node")), byId.get("e" + parts.get("edge"))];
  state.chosen = node ? { node } : edge ? { edge } : null;
  if (node) reveal(node);
  if (edge) [edge.s, edge.o].forEach((number) => reveal(things[number]));
  state.depth = state.chosen ? Number(one("depth", /^[12]$/)) : 0;
  const at = one("at", /^-?\d{1,6},-?\d{1,6},\d(\.\d{1,3})?$/)
    .split(",")
    .map(Number);
  return at.length === 3 ? at : null;
}

function restore(text) {
  recalling = true;
  const at = recall(text);
  document.body.classList.toggle("chosen", Boolean(state.chosen));
  if (network) refresh();
  else begin();
  home();
  touched = Boolean(at || state.chosen);
  if (at) network.moveTo({ position: { x: at[0], y: at[1] }, scale: limit(0.03, at[2], 5) });
  else if (state.chosen) approach();
  recalling = false;
}
