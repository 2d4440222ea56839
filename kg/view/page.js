// What people do: choose, search, filter, switch, walk by keys.

const phone = window.matchMedia("(max-width: 700px)");
const still = window.matchMedia("(prefers-reduced-motion: reduce)");
const night = window.matchMedia("(prefers-color-scheme: dark)");
const picture = () => document.querySelector("#mynetwork canvas");
const trail = []; // what was chosen before, for Escape
const byName = (id) => document.getElementById(id);

function announce(text) {
  byName("live").textContent = text;
}

// Choosing

// Make this node or edge, or nothing, what the panel is about; ``focus`` says where the keyboard goes on.
function choose(wanted, focus) {
  const before = state.chosen;
  if (before && wanted && (before.node || before.edge) !== (wanted.node || wanted.edge)) trail.push({ chosen: before, depth: state.depth });
  if (!wanted) trail.length = 0;
  state.chosen = wanted;
  if (wanted && wanted.node) reveal(wanted.node);
  if (wanted && wanted.edge) [wanted.edge.s, wanted.edge.o].forEach((number) => reveal(things[number]));
  if (!wanted) state.depth = 0;
  changed();
  approach();
  if (wanted) announce(wanted.node ? described(wanted.node) : `${sentence(wanted.edge)}, ${word(wanted.edge.status)}`);
  if (wanted && focus === "panel") byName("title").focus({ preventScroll: true });
}

function changed() {
  sync(false);
  showPanel();
  document.body.classList.toggle("chosen", Boolean(state.chosen));
  showCount(false);
  if (state.view === "list" && state.depth) showList();
  describePicture();
  remember();
}

function described(node) {
  return `${short(node)}, ${kind(node)}${node.status ? ", " + word(node.status) : ""}, ${many(node.edges.length, "relation", "relations", "条关系")}`;
}

function focusOn(depth) {
  state.depth = depth;
  changed();
  if (state.view === "list") showList();
  fit(null, true);
  showCount(true);
}

function bringNeighbours(node) {
  const count = expand(node);
  changed();
  announce(say(`${count} more drawn`, `新绘制 ${count} 个`));
  fit([node.number, ...partners(node).map((one) => one.number)], true);
  byName("title").focus({ preventScroll: true });
}

// Escape, one step at a time: the focus, then what was chosen before, then nothing.
function goBack() {
  if (state.depth) {
    focusOn(0);
    return;
  }
  const before = trail.pop();
  const length = trail.length;
  if (before) {
    choose(before.chosen, document.activeElement && panel.contains(document.activeElement) ? "panel" : "");
    trail.length = length;
  } else if (state.chosen) {
    choose(null);
    (state.view === "list" ? byName("list") : picture()).focus({ preventScroll: true });
  }
}

function describePicture() {
  const now = state.chosen ? (state.chosen.node ? described(state.chosen.node) : sentence(state.chosen.edge)) : source.summary[state.language];
  picture().setAttribute(
    "aria-label",
    say("Graph. ", "图谱。") +
      now +
      say(". Arrow keys move, Enter reads, ? helps; the list shows the same.", "。方向键移动，回车阅读，问号查看帮助；列表内容相同。"),
  );
}

// Search

const searching = { found: [], at: -1 };

function showFound() {
  const box = byName("found");
  const field = byName("search");
  const open = Boolean(field.value.trim());
  box.replaceChildren(
    ...searching.found.map((node, at) => {
      const wanted = fold(field.value);
      const also = fold(name(node)).includes(wanted) ? "" : called(node).find((one) => fold(one).includes(wanted)) || "";
      const option = make(
        "li",
        { "id": "found" + at, "role": "option", "aria-selected": String(at === searching.at) },
        glyph(lookOf(node)),
        make(
          "span",
          { className: "name" },
          isolated(node.type === "Deal" ? `${sides(node)} (${kind(node)})` : short(node, 80)),
          also ? make("small", {}, " ", isolated(cut(tame(also), 60))) : "",
        ),
        make("small", { textContent: state.drawn.has(node.number) ? kind(node) : `${kind(node)} · ${say("not drawn", "未绘制")}` }),
      );
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        take(node);
      });
      return option;
    }),
  );
  if (open && !searching.found.length)
    box.replaceChildren(
      make("li", {
        "role": "option",
        "aria-disabled": "true",
        "aria-selected": "false",
        "className": "none",
        "textContent": say("Nothing is called so", "没有找到"),
      }),
    );
  box.hidden = !open;
  field.setAttribute("aria-expanded", String(open));
  if (searching.at >= 0) field.setAttribute("aria-activedescendant", "found" + searching.at);
  else field.removeAttribute("aria-activedescendant");
}

function look() {
  searching.found = search(byName("search").value, 12);
  searching.at = searching.found.length ? 0 : -1;
  showFound();
  if (byName("search").value.trim()) announce(many(searching.found.length, "result", "results", "个结果"));
}

function closeFound() {
  byName("found").hidden = true;
  byName("search").setAttribute("aria-expanded", "false");
  byName("search").removeAttribute("aria-activedescendant");
}

function take(node) {
  closeFound();
  byName("search").value = "";
  if (!state.drawn.has(node.number)) expand(node);
  choose({ node }, "panel");
}

function searchKey(event) {
  const { found } = searching;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (byName("found").hidden) look();
    else if (found.length) searching.at = (searching.at + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length;
    showFound();
    const now = byName("found" + searching.at);
    if (now) now.scrollIntoView({ block: "nearest" });
  } else if (event.key === "Enter" && searching.at >= 0 && found[searching.at]) {
    event.preventDefault();
    take(found[searching.at]);
  } else if (event.key === "Escape") {
    event.stopPropagation();
    byName("search").value = "";
    closeFound();
  }
}

// Keys

const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function pictureKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const arrow = arrows[event.key];
  const first = () => things.find((node) => shown.nodes.has(node.number));
  if (arrow && state.chosen) {
    const next = neighbour(...arrow);
    if (next) choose({ node: next });
    else announce(say("Nothing in that direction", "该方向没有节点"));
  } else if (arrow) pan(...arrow);
  else if (event.key === "Enter" || event.key === " ") {
    if (!state.chosen) {
      if (first()) choose({ node: first() });
    } else if (event.key === "Enter") byName("title").focus({ preventScroll: true });
  } else if (event.key === "+" || event.key === "=") zoom(1.25);
  else if (event.key === "-") zoom(0.8);
  else if (event.key === "0") fit(null, true);
  else return;
  event.preventDefault();
  remember();
}

function pageKey(event) {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "checkbox";
  if (event.key === "Escape" && !byName("help").open) {
    if (!byName("filters").hidden) openFilters(false);
    else goBack();
  }
  if (typing || event.ctrlKey || event.altKey || event.metaKey || byName("help").open) return;
  if (event.key === "/") {
    event.preventDefault();
    byName("search").focus();
  }
  if (event.key === "?") byName("help").showModal();
}

// Language, scheme, view

function translate() {
  document.documentElement.lang = state.language === "zh" ? "zh-Hans" : "en";
  document.querySelectorAll("[data-en]").forEach((element) => {
    element.textContent = element.dataset[state.language];
  });
  document
    .querySelectorAll("[data-label-en]")
    .forEach((element) => element.setAttribute("aria-label", element.dataset[state.language === "zh" ? "labelZh" : "labelEn"]));
  document.querySelectorAll("button.round").forEach((button) => {
    button.title = button.getAttribute("aria-label");
  });
  document.querySelectorAll("[data-hint-en]").forEach((element) => {
    element.placeholder = element.dataset[state.language === "zh" ? "hintZh" : "hintEn"];
  });
  document
    .querySelectorAll("[data-language]")
    .forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.language === state.language)));
  byName("summary").textContent = source.summary[state.language];
  const deals = source.headlines.map((number) => things[number]);
  byName("headlines").replaceChildren(
    ...deals.map((deal) =>
      make(
        "button",
        { type: "button", className: "thing", click: () => choose({ node: deal }, "panel") },
        glyph(lookOf(deal)),
        isolated(sides(deal), "name"),
        badge(deal.status),
      ),
    ),
  );
  document.title = deals.length ? `${sides(deals[0])} · Dealgraph` : "Dealgraph";
}

function repaint() {
  document.documentElement.dataset.scheme = state.scheme || (night.matches ? "dark" : "light");
  byName("scheme").setAttribute("aria-pressed", String(dark()));
}

function refresh() {
  repaint();
  sync(true);
  describe();
  describePicture();
  network.setSize("100%", "100%"); // the lines above the picture may have grown or shrunk
}

// Everything beside the picture, in the language of the moment.
function describe() {
  translate();
  showFilters();
  showPanel();
  showCount(false);
  showView();
}

function showView() {
  const list = state.view === "list";
  byName("list").hidden = !list;
  document.body.classList.toggle("listing", list);
  document.querySelectorAll("[data-view]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.view === state.view)));
  if (list) showList();
}

// Start

// All of the picture; on a phone, which is too small for a large one, what is around the deal or the node that matters most.
function home() {
  fit(null, false);
  if (!phone.matches || shown.nodes.size < 40 || !things.length) return;
  const first = things[source.headlines[0] || 0];
  fit([first.number, ...partners(first).map((one) => one.number)].filter((number) => shown.nodes.has(number)).slice(0, 12), false);
}

function listen() {
  network.on("click", (event) => {
    if (event.nodes.length) choose({ node: things[event.nodes[0]] });
    else if (event.edges.length) choose({ edge: relations[event.edges[0]] });
    else if (state.chosen) choose(null);
    network.unselectAll();
  });
  network.on("doubleClick", (event) => {
    if (event.nodes.length) bringNeighbours(things[event.nodes[0]]);
  });
  const hover = (value) => () => {
    hovered = value;
    picture().style.cursor = value ? "pointer" : "default";
    network.redraw();
  };
  network.on("hoverNode", ({ node }) => hover({ node: things[node] })());
  network.on("hoverEdge", ({ edge }) => hover({ edge: relations[edge] })());
  network.on("blurNode", hover(null));
  network.on("blurEdge", hover(null));
  network.on("dragging", ({ nodes: moved }) => {
    if (moved.length) placed(moved);
  });
  network.on("dragEnd", ({ nodes: moved }) => {
    placed(moved);
    remember();
  });
  network.on("zoom", remember);
  network.on("resize", () => {
    if (!touched) setTimeout(home, 0);
  }); // after vis-network has stretched the picture
  network.on("afterDrawing", drawOver);
  picture().addEventListener("keydown", pictureKey);
  document.addEventListener("keydown", pageKey);
  byName("search").addEventListener("input", look);
  byName("search").addEventListener("keydown", searchKey);
  byName("search").addEventListener("blur", closeFound);
  byName("filtering").addEventListener("click", () => openFilters(byName("filters").hidden));
  document.querySelectorAll("[data-language]").forEach((button) =>
    button.addEventListener("click", () => {
      state.language = button.dataset.language;
      refresh();
      remember();
    }),
  );
  document.querySelectorAll("[data-view]").forEach((button) =>
    button.addEventListener("click", () => {
      state.view = button.dataset.view;
      showView();
      showCount(true);
      remember();
    }),
  );
  byName("scheme").addEventListener("click", () => {
    state.scheme = dark() ? "light" : "dark";
    refresh();
    remember();
  });
  byName("helping").addEventListener("click", () => byName("help").showModal());
  byName("help-close").addEventListener("click", () => byName("help").close());
  byName("intro-close").addEventListener("click", () => {
    byName("intro").hidden = true;
    picture().focus();
  });
  byName("skip").addEventListener("click", (event) => {
    event.preventDefault();
    document.querySelector('[data-view="list"]').click();
    byName("list").focus();
  });
  byName("in").addEventListener("click", () => zoom(1.3));
  byName("out").addEventListener("click", () => zoom(1 / 1.3));
  byName("fit").addEventListener("click", () => {
    fit(null, true);
    remember();
  });
  night.addEventListener("change", refresh);
  phone.addEventListener("change", () => {
    placeLegend();
    fit(null, false);
  });
  window.addEventListener("hashchange", () => restore(location.hash));
}

function placed(moved) {
  moved.forEach((number) => places.set(number, network.getPosition(number)));
  version += 1;
}

function start() {
  measureBends();
  if (location.hash.length > 1) byName("intro").hidden = true;
  restore(location.hash);
  const frame = document.querySelector("#mynetwork .vis-network");
  frame.removeAttribute("tabindex");
  picture().tabIndex = 0;
  picture().setAttribute("role", "img");
  describePicture();
  listen();
  network.redraw();
  window.ready = true;
  performance.mark("ready");
}

start();
