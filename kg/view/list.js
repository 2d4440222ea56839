// The list, which says what the picture says, for those who do not look at pictures.

const ROWS_SHOWN = 200; // of a table of the list

const columns = [
  { en: "From", zh: "主体", key: (edge) => name(things[edge.s]) },
  { en: "Relation", zh: "关系", key: (edge) => word(edge.predicate) },
  { en: "To", zh: "客体", key: (edge) => name(things[edge.o]) },
  { en: "Status", zh: "状态", key: (edge) => word(edge.status) },
  { en: "Sources", zh: "来源数", key: (edge) => edge.support },
  { en: "Latest", zh: "最近日期", key: (edge) => latest(edge) },
];
const latest = (thing) =>
  thing.claims
    .map((number) => claims[number].date)
    .sort()
    .pop() || "";
const listing = { column: -1, down: false, rows: ROWS_SHOWN };

function sortedEdges(edges) {
  if (listing.column < 0) return edges;
  const collate = new Intl.Collator(state.language === "zh" ? "zh-CN" : "en", { numeric: true });
  const keyed = edges.map((edge) => [columns[listing.column].key(edge), edge]);
  keyed.sort(([one], [other]) => (typeof one === "number" ? one - other : collate.compare(one, other)) * (listing.down ? -1 : 1));
  return keyed.map(([, edge]) => edge);
}

function sortBy(column) {
  Object.assign(listing, { down: listing.column === column && !listing.down, column });
  showList();
  document.querySelectorAll("#list thead button")[column].focus();
}

const plainButton = (node) =>
  make(
    "button",
    { type: "button", className: "thing", click: () => choose({ node }, "panel") },
    glyph(lookOf(node)),
    isolated(short(node, 90), "name"),
  );

function dealRow(deal) {
  const parties = make(
    "ul",
    { className: "plain parties" },
    ...rolesOf(deal).map((edge) => make("li", {}, make("small", { textContent: word(edge.predicate) }), " ", plainButton(things[edge.o]))),
  );
  const title = make(
    "button",
    { type: "button", className: "thing", click: () => choose({ node: deal }, "panel") },
    glyph(lookOf(deal)),
    isolated(short(deal, 120), "name"),
  );
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, title),
    make("td", {}, badge(deal.status)),
    make("td", {}, parties),
    make("td", { textContent: latest(deal) || "–" }),
  );
}

function edgeRow(edge) {
  const relation = make("button", {
    "type": "button",
    "className": "thing",
    "aria-label": `${sentence(edge)}, ${word(edge.status)}`,
    "textContent": word(edge.predicate),
    "click": () => choose({ edge }, "panel"),
  });
  const status = make(
    "td",
    {},
    badge(edge.status),
    " ",
    edge.disputed ? make("span", { className: "status no", textContent: say("disputed", "说法不一") }) : "",
  );
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, plainButton(things[edge.s])),
    make("td", {}, relation),
    make("td", {}, plainButton(things[edge.o])),
    status,
    make("td", { className: "number", textContent: edge.support }),
    make("td", { textContent: latest(edge) || "–" }),
  );
}

function tableOf(title, heads, rows) {
  return make(
    "div",
    { "className": "scroll", "tabIndex": 0, "role": "region", "aria-label": title },
    make("table", {}, make("caption", { textContent: title }), make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows)),
  );
}

// What the filters let through, drawn or not, as tables of buttons.
function showList() {
  const all = visible(true);
  const list = document.getElementById("list");
  const deals = things.filter((node) => node.type === "Deal" && all.nodes.has(node.number));
  const edges = sortedEdges([...all.edges].map((number) => relations[number]).filter((edge) => !edge.role));
  const head = (text) => make("th", { scope: "col", textContent: text });
  const dealHeads = [say("Deal", "交易"), say("Status", "状态"), say("Parties", "参与方"), say("Latest", "最近日期")].map(head);
  const heads = columns.map((column, at) => {
    const order = listing.column === at ? (listing.down ? "descending" : "ascending") : "none";
    const arrow = { ascending: " ↑", descending: " ↓", none: "" }[order];
    return make(
      "th",
      { "scope": "col", "aria-sort": order },
      make("button", { type: "button", className: "quiet", textContent: column[state.language] + arrow, click: () => sortBy(at) }),
    );
  });
  const parts = [make("h2", { textContent: say("List", "列表") })];
  if (deals.length)
    parts.push(tableOf(`${say("Deals", "交易")} (${deals.length.toLocaleString("en")})`, dealHeads, deals.slice(0, listing.rows).map(dealRow)));
  parts.push(tableOf(`${say("Relations", "关系")} (${edges.length.toLocaleString("en")})`, heads, edges.slice(0, listing.rows).map(edgeRow)));
  if (Math.max(edges.length, deals.length) > listing.rows) {
    parts.push(
      make("button", {
        type: "button",
        textContent: say(`Show ${ROWS_SHOWN} more`, `再显示 ${ROWS_SHOWN} 条`),
        click: () => {
          listing.rows += ROWS_SHOWN;
          showList();
        },
      }),
    );
  }
  list.replaceChildren(...parts);
}
