// The panel beside the picture. Everything from articles becomes text nodes, so that no markup in it comes alive.

const panel = document.getElementById("panel");
const CLAIMS_SHOWN = 20; // of one edge or deal, before a button brings the others
const HEADING = 300; // signs of a name that a heading shows

// An element with text or children; ``options`` are properties, and attributes where they have a hyphen or are "role".
function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  Object.entries(options).forEach(([key, value]) => {
    if (value === undefined || value === null || value === false) return;
    if (key.includes("-") || key === "role") element.setAttribute(key, value);
    else if (key === "click") element.addEventListener("click", value);
    else element[key] = value;
  });
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

const badge = (status) => make("span", { className: `status ${(source.lines[status] || {}).tone || ""}`, textContent: word(status) });
const isolated = (text, className) => make("bdi", { textContent: text, className: className || "" });
const link = (address) => (/^https?:\/\//i.test(address) ? address : "");

function anchor(address, text) {
  return make("a", { href: address, textContent: text, rel: "noopener noreferrer", target: "_blank" });
}

function glyph(look) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const attributes = { "viewBox": "0 0 24 22", "width": "22", "height": "20", "aria-hidden": "true", "class": "glyph" };
  Object.entries(attributes).forEach(([key, value]) => svg.setAttribute(key, value));
  path.setAttribute("d", look.path);
  path.setAttribute("fill", lookColour(look));
  path.setAttribute("stroke", (dark() ? look.border_dark : look.border) || lookColour(look));
  svg.append(path);
  return svg;
}

const signs = {
  dot: "M17 10a3 3 0 1 1 6 0a3 3 0 1 1-6 0z",
  cross: "M16 6l8 8M24 6l-8 8",
  slash: "M16 14l8-8",
  stop: "M20 4v12",
  query: "M17 8q0-3 3-3t3 3q0 2-3 3v1m0 3v.5",
};

function stroke(line) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const attributes = { "viewBox": "0 0 40 20", "width": "40", "height": "20", "aria-hidden": "true", "class": "glyph" };
  Object.entries(attributes).forEach(([key, value]) => svg.setAttribute(key, value));
  [
    ["M0 10h40", line.dashes.join(" ")],
    [signs[line.mark], ""],
  ]
    .filter(([d]) => d)
    .forEach(([d, dashes]) => {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      const given = {
        d,
        "stroke": lineColour(line),
        "stroke-width": "2.4",
        "fill": d === signs.dot ? lineColour(line) : "none",
        "stroke-dasharray": dashes || "none",
      };
      Object.entries(given).forEach(([key, value]) => path.setAttribute(key, value));
      svg.append(path);
    });
  return svg;
}

// Words

const called = (node) => [...new Set([node.en, node.zh, ...node.names])].filter(Boolean);

// A sentence in which the names of both ends are marked, the longest first; a Latin name only as whole words.
function marked(text, ends) {
  const classes = new Map();
  ends.forEach((nodes, end) => nodes.flatMap(called).forEach((one) => classes.set(one.toLowerCase(), end ? "to" : "from")));
  const names = [...classes.keys()]
    .filter((one) => one.length < 500)
    .sort((one, other) => other.length - one.length || (one < other ? -1 : 1))
    .slice(0, 400);
  const quote = make("blockquote", { dir: "auto" });
  if (!names.length) {
    quote.append(text);
    return quote;
  }
  const pattern = names.map((one) => {
    const plain = one.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    return (/^[a-z0-9]/.test(one) ? "(?<![\\p{Script=Latin}\\p{N}])" : "") + plain + (/[a-z0-9]$/.test(one) ? "(?![\\p{Script=Latin}\\p{N}])" : "");
  });
  let at = 0;
  for (const found of text.matchAll(new RegExp(pattern.join("|"), "giu"))) {
    quote.append(text.slice(at, found.index), make("mark", { className: classes.get(found[0].toLowerCase()) || "from", textContent: found[0] }));
    at = found.index + found[0].length;
  }
  quote.append(text.slice(at));
  return quote;
}

function claimItem(number, ends) {
  const claim = claims[number];
  const speaker = say(...source.speakers[claim.source]);
  const item = make("li", { className: claim.superseded ? "claim superseded" : "claim" });
  const head = make(
    "p",
    { className: "says" },
    badge(claim.status),
    make("span", {}, say("says ", "来源："), make("strong", {}, isolated(speaker || say("the article itself", "文章自身")))),
  );
  if (claim.date) head.append(make("time", { textContent: claim.date, dateTime: claim.date }));
  item.append(head, ...claim.quotes.map((quote) => marked(source.quotes[quote], ends)));
  const facts = [];
  if (claim.superseded) facts.push(make("strong", { textContent: say("taken back further down in the same article", "同一文章后文已更正") }));
  if (claim.stage && claim.stage !== claim.status) facts.push(say("stage: ", "阶段：") + word(claim.stage));
  figures(claim).forEach(([what, value]) => facts.push(make("span", { className: "figure", textContent: `${what}: ${value}` })));
  facts.push(
    say(
      `confidence of the reading: ${certainty(claim.confidence)} (${claim.confidence})`,
      `解读可信度：${certainty(claim.confidence)}（${claim.confidence}）`,
    ),
  );
  const { title, url, publisher } = claim.document;
  if (publisher) facts.push(isolated(publisher));
  facts.push(link(url) ? anchor(url, title) : isolated(title));
  item.append(make("ul", { className: "facts" }, ...facts.map((fact) => make("li", {}, fact))));
  return item;
}

function claimList(thing, ends, title) {
  const section = make("section", {}, make("h3", { textContent: `${title} (${(thing.claims.length + thing.more).toLocaleString("en")})` }));
  if (thing.more)
    section.append(
      make("p", {
        className: "muted",
        textContent: say(`${thing.more} older ones are not in this page`, `另有 ${thing.more} 条更早的说法未收入本页`),
      }),
    );
  const list = make("ol", { className: "claims" });
  const first = Math.max(0, thing.claims.length - CLAIMS_SHOWN);
  if (first) {
    const more = make("button", { type: "button", className: "quiet", textContent: say(`Show ${first} earlier`, `显示更早的 ${first} 条`) });
    more.addEventListener("click", () => {
      list.prepend(...thing.claims.slice(0, first).map((number) => claimItem(number, ends)));
      more.remove();
      list.firstChild.tabIndex = -1;
      list.firstChild.focus();
    });
    section.append(more);
  }
  list.append(...thing.claims.slice(first).map((number) => claimItem(number, ends)));
  section.append(list);
  return section;
}

// The panel

const nodeButton = (node, extra) =>
  make(
    "button",
    { type: "button", className: "thing", click: () => choose({ node }, "panel") },
    glyph(lookOf(node)),
    isolated(short(node, 90), "name"),
    extra || "",
  );

function heading(text, beside) {
  const title = make("h2", { tabIndex: -1, id: "title" }, isolated(Array.from(text).slice(0, HEADING).join("")), beside || "");
  const back = make("button", { type: "button", className: "quiet", textContent: say("← Back", "← 返回"), click: goBack });
  const close = make("button", {
    "type": "button",
    "className": "quiet",
    "aria-label": say("Close", "关闭"),
    "textContent": "×",
    "click": () => {
      choose(null);
      picture().focus();
    },
  });
  return make("div", { className: "head" }, make("div", { className: "head-tools" }, back, close), title);
}

function focusTools(node) {
  const step = (depth, text) =>
    make("button", { "type": "button", "aria-pressed": String(state.depth === depth), "textContent": text, "click": () => focusOn(depth) });
  const more = undrawn(node).length;
  const bring = more
    ? make("button", {
        type: "button",
        id: "expand",
        textContent: say(`Expand (+${more} not drawn)`, `展开（另有 ${more} 个未绘制）`),
        click: () => bringNeighbours(node),
      })
    : "";
  return make(
    "div",
    { "className": "tools", "role": "group", "aria-label": say("Neighbourhood", "邻域") },
    make("span", { className: "muted", textContent: say("Show:", "显示：") }),
    step(1, say("1 step", "1 步")),
    step(2, say("2 steps", "2 步")),
    step(0, say("everything", "全部")),
    bring,
  );
}

function nodeDetails(node) {
  const parts = [heading(name(node))];
  const types = [kind(node), ...node.classes.map(word)];
  parts.push(
    make(
      "p",
      { className: "kinds" },
      glyph(lookOf(node)),
      types.join(" · "),
      node.status ? badge(node.status) : "",
      node.disputed ? make("span", { className: "status no", textContent: say("disputed", "说法不一") }) : "",
    ),
  );
  const others = called(node).filter((one) => one !== name(node));
  if (name(node).length > HEADING) others.unshift(name(node));
  if (others.length) {
    const shownNames = others.slice(0, 40).flatMap((one, at) => [at ? say(", ", "、") : "", isolated(one)]);
    parts.push(make("p", { className: "muted names" }, say("Also called: ", "又称："), ...shownNames));
  }
  if (node.links.length)
    parts.push(
      make(
        "p",
        { className: "muted names" },
        say("Known in lists as: ", "对应条目："),
        ...node.links.flatMap((one, at) => [at ? ", " : "", listed(one)]),
      ),
    );
  parts.push(focusTools(node));
  if (node.type === "Deal") {
    const roles = rolesOf(node);
    if (roles.length)
      parts.push(
        make("h3", { textContent: say("Parties", "参与方") }),
        make(
          "ul",
          { className: "plain" },
          ...roles.map((edge) => make("li", {}, nodeButton(things[edge.o], make("span", { className: "muted", textContent: word(edge.predicate) })))),
        ),
      );
    if (node.claims.length) parts.push(claimList(node, [roles.map((edge) => things[edge.o])], say("Timeline", "时间线")));
  }
  parts.push(...relationGroups(node));
  return parts;
}

// An entry of a list: a link where it leads somewhere; the program's own lists have no pages.
function listed(iri) {
  const tail = tame(iri.replace(/\/+$/, "").split("/").slice(-2).join("/"));
  return link(iri) && !source.own.some((start) => iri.startsWith(start)) ? anchor(iri, tail) : isolated(tail);
}

function relationGroups(node) {
  const groups = new Map();
  node.edges
    .filter((edge) => !(edge.role && node.type === "Deal"))
    .forEach((edge) => {
      const key = symmetric.has(edge.predicate)
        ? word(edge.predicate)
        : edge.s === node.number
          ? word(edge.predicate) + " →"
          : "← " + word(edge.predicate);
      groups.set(key, [...(groups.get(key) || []), edge]);
    });
  const sections = [...groups].map(([title, edges]) => {
    const list = make(
      "ul",
      { className: "plain" },
      ...edges.map((edge) => {
        const other = things[edge.s === node.number ? edge.o : edge.s];
        const role = edge.role ? { node: other } : { edge };
        const button = make(
          "button",
          { type: "button", className: edgePasses(edge) ? "thing" : "thing filtered", click: () => choose(role, "panel") },
          glyph(lookOf(other)),
        );
        const [before, after] =
          edge.s === node.number ? [`${short(node)} — ${word(edge.predicate)} → `, " "] : ["", ` — ${word(edge.predicate)} → ${short(node)} `];
        const unseen = (text) => make("span", { className: "unseen", textContent: symmetric.has(edge.predicate) ? text.replace("→", "—") : text });
        button.append(unseen(before), isolated(edge.role ? sides(other) : short(other, 90), "name"), unseen(after), badge(edge.status));
        return make("li", {}, button);
      }),
    );
    return make("section", {}, make("h4", { textContent: title }), list);
  });
  if (sections.length) sections.unshift(make("h3", { textContent: `${say("Relations", "关系")} (${[...groups.values()].flat().length})` }));
  return sections;
}

function edgeDetails(edge) {
  const [from, to] = [things[edge.s], things[edge.o]];
  const arrow = symmetric.has(edge.predicate) ? "—" : "→";
  const ends = make(
    "div",
    { className: "ends" },
    nodeButton(from),
    make(
      "p",
      { className: "predicate" },
      make("span", { textContent: word(edge.predicate) }),
      make("span", { "textContent": " " + arrow, "aria-hidden": "true" }),
    ),
    nodeButton(to),
  );
  const facts = make("p", { className: "kinds" }, badge(edge.status), many(edge.support, "independent source", "independent sources", "个独立来源"));
  if (edge.disputed) facts.append(make("span", { className: "status no", textContent: say("disputed", "说法不一") }));
  facts.append(
    make("span", {
      className: "muted",
      textContent: say(`confidence ${certainty(edge.confidence)} (${edge.confidence})`, `可信度${certainty(edge.confidence)}（${edge.confidence}）`),
    }),
  );
  const deals = partners(from).filter(
    (node) => node.type === "Deal" && partners(node).includes(to) && node.claims.some((one) => edge.claims.includes(one)),
  );
  const about = deals.length ? make("p", { className: "muted" }, say("Part of: ", "属于："), ...deals.map((deal) => nodeButton(deal))) : "";
  const readers = edge.role ? from.edges.filter((one) => one.role).map((one) => things[one.o]) : null;
  return [heading(sentence(edge)), ends, facts, about, claimList(edge, readers ? [readers] : [[from], [to]], say("Who says so", "谁这样说"))].filter(
    Boolean,
  );
}

function overview() {
  const list = (title, nodes, extra) =>
    nodes.length
      ? [
          make("h3", { textContent: title }),
          make("ul", { className: "plain" }, ...nodes.map((node) => make("li", {}, nodeButton(node, extra(node))))),
        ]
      : [];
  const by = (...types) => things.filter((node) => types.includes(node.type)).slice(0, 8);
  const degree = (node) => make("span", { className: "muted", textContent: many(node.edges.length, "relation", "relations", "条关系") });
  const deals = by("Deal")
    .filter((node) => node.claims.length)
    .map((deal) =>
      make(
        "li",
        {},
        make(
          "button",
          { type: "button", className: "thing", click: () => choose({ node: deal }, "panel") },
          glyph(lookOf(deal)),
          make("span", { className: "name" }, isolated(sides(deal)), make("small", { textContent: " " + kind(deal) })),
          badge(deal.status),
        ),
      ),
    );
  return [
    make("h2", { tabIndex: -1, id: "title", textContent: say("What is in here", "本图内容") }),
    ...(deals.length
      ? [make("h3", { textContent: say("Deals that matter most", "最重要的交易") }), make("ul", { className: "plain" }, ...deals)]
      : []),
    ...list(say("Companies that matter most", "最重要的公司"), by("Company"), degree),
    ...list(say("Challenges named most", "最受关注的挑战"), by("Challenge").slice(0, 5), degree),
  ];
}

function showPanel() {
  const { chosen } = state;
  panel.replaceChildren(...(!chosen ? overview() : chosen.node ? nodeDetails(chosen.node) : edgeDetails(chosen.edge)));
  const gone = chosen && !(chosen.node ? shown.nodes.has(chosen.node.number) : shown.edges.has(chosen.edge.number));
  if (gone && filtered())
    panel.insertBefore(
      make(
        "p",
        { className: "notice" },
        say("The filters hide this. ", "筛选条件隐藏了此项。"),
        make("button", { type: "button", className: "quiet", textContent: say("Reset filters", "重置筛选"), click: resetFilters }),
      ),
      panel.children[1],
    );
  panel.classList.toggle("overview", !chosen);
  panel.scrollTop = 0;
}
