// The legend, which filters, and the drawer with the other filters.

const counted = (values) => {
  const counts = new Map();
  values.forEach((value) => counts.set(value, (counts.get(value) || 0) + 1));
  return counts;
};
const counts = {
  types: counted(things.map((node) => node.type)),
  statuses: counted(relations.map((edge) => edge.status)),
  predicates: counted(relations.map((edge) => edge.predicate)),
};
const known = {
  types: source.order.types.filter((type) => counts.types.has(type)),
  statuses: source.order.statuses.filter((status) => counts.statuses.has(status)),
  predicates: [...counts.predicates.keys()].sort((one, other) => counts.predicates.get(other) - counts.predicates.get(one) || (one < other ? -1 : 1)),
};

// A box per value; what is not ticked is in ``off``.
function choices(group, title, picture) {
  const off = state.filters[group];
  const boxes = known[group].map((value) => {
    const box = make("input", { type: "checkbox", checked: !off.has(value), name: group, value });
    box.addEventListener("change", () => {
      if (box.checked) off.delete(value);
      else off.add(value);
      filtersChanged();
    });
    const count = make("span", { className: "count", textContent: counts[group].get(value).toLocaleString("en") });
    return make("label", { className: "choice" }, box, picture ? picture(value) : "", make("span", { textContent: word(value) }), count);
  });
  const set = (all) => () => {
    known[group].forEach((value) => (all ? off.delete(value) : off.add(value)));
    showFilters();
    filtersChanged();
    document.querySelector(`[data-set="${group}-${all ? "all" : "none"}"]`).focus();
  };
  const button = (all, en, zh) =>
    make("button", {
      "type": "button",
      "className": "quiet",
      "data-set": `${group}-${all ? "all" : "none"}`,
      "aria-label": `${title}: ${say(en, zh)}`,
      "textContent": say(en, zh),
      "click": set(all),
    });
  return make(
    "fieldset",
    { className: "choices " + group },
    make("legend", { textContent: title }),
    make("div", { className: "boxes" }, ...boxes, button(true, "all", "全选"), button(false, "none", "全不选")),
  );
}

function field(text, input) {
  return make("label", { className: "field" }, make("span", { textContent: text }), input);
}

function set(key, value) {
  state.filters[key] = value;
  filtersChanged();
}

function speakersList() {
  const names = [...source.speakers.flat(), ...documents.flatMap((one) => [one.publisher, one.title])].filter((text) => text && text.length < 200);
  return [...new Set(names)].sort().slice(0, 3000);
}

function showFilters() {
  const { filters } = state;
  const drawer = document.getElementById("filters");
  const said = make("input", { type: "search", id: "said", value: filters.said, autocomplete: "off" });
  said.setAttribute("list", "speakers");
  said.addEventListener("input", () => set("said", said.value.trim()));
  const day = (key) => {
    const input = make("input", { type: "date", id: key, value: filters[key] });
    input.addEventListener("change", () => set(key, input.value));
    return input;
  };
  const tick = (key, text) => {
    const box = make("input", { type: "checkbox", id: key, checked: filters[key] });
    box.addEventListener("change", () => set(key, box.checked));
    return make("label", { className: "choice" }, box, make("span", { textContent: text }));
  };
  const least = make("input", { type: "number", id: "least", min: 1, max: 99, value: filters.least });
  least.addEventListener("input", () => set("least", limit(1, Math.floor(Number(least.value)) || 1, 99)));
  const close = make("button", {
    "type": "button",
    "className": "quiet",
    "textContent": "×",
    "aria-label": say("Close filters", "关闭筛选"),
    "click": () => openFilters(false),
  });
  drawer.replaceChildren(
    make("div", { className: "head" }, make("h2", { textContent: say("Filters", "筛选"), tabIndex: -1 }), close),
    field(say("Said or published by", "说法来源或媒体"), said),
    make("datalist", { id: "speakers" }, ...speakersList().map((text) => make("option", { value: text }))),
    make("div", { className: "pair" }, field(say("From", "起始日期"), day("from")), field(say("To", "截止日期"), day("to"))),
    tick("undated", say("undated too", "包括无日期的")),
    tick("disputed", say("only what is disputed", "仅看有争议的")),
    field(say("Independent sources, at least", "独立来源至少"), least),
    choices("predicates", say("Relations", "关系")),
    make("button", { type: "button", textContent: say("Reset filters", "重置筛选"), click: resetFilters }),
  );
  const legend = document.getElementById("legend");
  legend.replaceChildren(
    choices("types", say("Shapes", "图形"), (type) => glyph(source.looks[type])),
    choices("statuses", say("Lines", "线条"), (status) => stroke(source.lines[status])),
  );
  placeLegend();
}

// On a phone the legend lies in the drawer, since the picture needs the room.
function placeLegend() {
  const legend = document.getElementById("legend");
  const home = document.getElementById(phone.matches ? "filters" : "stage");
  if (legend.parentNode !== home) home.append(legend);
}

function openFilters(open) {
  const drawer = document.getElementById("filters");
  drawer.hidden = !open;
  document.getElementById("filtering").setAttribute("aria-expanded", String(open));
  (open ? drawer.querySelector("h2") : document.getElementById("filtering")).focus();
}

function filtersChanged() {
  sync(false);
  showCount(true);
  if (state.view === "list") showList();
  remember();
}

function resetFilters() {
  state.filters = blankFilters();
  showFilters();
  filtersChanged();
  showPanel();
}

// How much is to be seen, in words.
function showCount(aloud) {
  const everything = state.view === "list";
  const seen = everything ? visible(true) : shown;
  const isTold = (edge) => !edge.role;
  const total = relations.filter((edge) => isTold(edge) && (everything || (state.drawn.has(edge.s) && state.drawn.has(edge.o)))).length;
  const count = [...seen.edges].filter((number) => isTold(relations[number])).length;
  const undrawnCount = things.length - state.drawn.size;
  const told = say(
    `${count.toLocaleString("en")} of ${total.toLocaleString("en")} relations shown`,
    `显示 ${count.toLocaleString("en")} / ${total.toLocaleString("en")} 条关系`,
  );
  const rest =
    undrawnCount && !everything
      ? say(
          `${undrawnCount.toLocaleString("en")} of ${things.length.toLocaleString("en")} shapes not drawn: search or expand to see them`,
          `${things.length.toLocaleString("en")} 个节点中有 ${undrawnCount.toLocaleString("en")} 个未绘制，可搜索或展开`,
        )
      : "";
  const line = document.getElementById("count");
  const active = filtered();
  const reset = active
    ? make("button", { type: "button", className: "quiet", id: "reset", textContent: say("reset filters", "重置筛选"), click: resetFilters })
    : "";
  const all = state.depth
    ? make("button", { type: "button", className: "quiet", id: "unfocus", textContent: say("show everything", "显示全部"), click: () => focusOn(0) })
    : "";
  line.replaceChildren(...[active || state.depth ? told : "", rest, reset, all].filter(Boolean).flatMap((part, at) => (at ? [" · ", part] : [part])));
  document.getElementById("filtering").classList.toggle("active", active);
  if (aloud) announce(told);
}
