// What the page knows, in which words it says so, what the filters let through, and what the search finds. Nothing here draws.

const source = JSON.parse(document.getElementById("graph").textContent);

function table(name) {
  const fields = source.fields[name];
  return source[name].map((row, number) => {
    const thing = { number };
    fields.forEach((field, at) => {
      thing[field] = row[at];
    });
    return thing;
  });
}

const things = table("nodes");
const relations = table("edges");
const claims = table("claims");
const documents = table("documents");
const symmetric = new Set(source.symmetric);
const byId = new Map();

things.forEach((node) => {
  node.edges = [];
  byId.set("n" + node.id, node);
});
relations.forEach((edge) => {
  edge.role = !edge.id;
  if (edge.role) edge.id = [things[edge.s].id, edge.predicate, things[edge.o].id].join(" ");
  things[edge.s].edges.push(edge);
  if (edge.o !== edge.s) things[edge.o].edges.push(edge);
  byId.set("e" + edge.id, edge);
});
claims.forEach((claim) => {
  claim.document = documents[claim.document];
});

// What a person has chosen to see; the fragment of the address says the same.
const state = {
  language: "en",
  scheme: "",
  view: "graph",
  chosen: null,
  depth: 0,
  filters: blankFilters(),
  drawn: new Set(things.slice(0, source.drawn).map((node) => node.number)),
};

function blankFilters() {
  return { types: new Set(), statuses: new Set(), predicates: new Set(), said: "", from: "", to: "", undated: true, disputed: false, least: 1 };
}

// Words

const say = (en, zh) => (state.language === "zh" ? zh : en);
const word = (term) => (source.words[term] ? source.words[term][state.language] : term);
const many = (count, one, more, zh) => say(`${count.toLocaleString("en")} ${count === 1 ? one : more}`, `${count.toLocaleString("en")} ${zh}`);
// Signs that turn the direction of text, or cannot be seen, would reach beyond the name they stand in.
const tame = (text) => text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, " ");
const name = (node) => (state.language === "zh" ? node.zh || node.en : node.en || node.zh) || node.id;
const cut = (text, length) => {
  const signs = Array.from(text);
  return signs.length > length ? signs.slice(0, length - 1).join("") + "…" : text;
};
const short = (node, length = 60) => cut(tame(name(node)), length);
const kind = (node) => word(node.kind || node.type);
const partners = (node) => node.edges.map((edge) => things[edge.s === node.number ? edge.o : edge.s]);

function sentence(edge) {
  const [from, to] = [short(things[edge.s]), short(things[edge.o])];
  return symmetric.has(edge.predicate) ? `${from} — ${word(edge.predicate)} — ${to}` : `${from} — ${word(edge.predicate)} → ${to}`;
}

const roles = ["acquirer", "investor", "party", "target", "investee"];

// The lines from a deal to its parties, the active side first.
function rolesOf(deal) {
  return deal.edges.filter((edge) => edge.role).sort((one, other) => roles.indexOf(one.predicate) - roles.indexOf(other.predicate));
}

// A deal by its sides.
function sides(deal) {
  const parties = rolesOf(deal);
  const of = (...roles) => parties.filter((edge) => roles.includes(edge.predicate)).map((edge) => short(things[edge.o], 24));
  const [active, passive, others] = [of("acquirer", "investor"), of("target", "investee"), of("party")];
  if (active.length && passive.length) return active.join(", ") + " → " + passive.join(", ");
  return [...active, ...passive, ...others].join(" + ") || short(deal, 40);
}

function certainty(confidence) {
  if (confidence >= 0.8) return say("high", "高");
  return confidence >= 0.5 ? say("medium", "中") : say("low", "低");
}

function amount(value, currency) {
  const locale = state.language === "zh" ? "zh-CN" : "en";
  const style = /^[A-Z]{3}$/.test(currency) ? { style: "currency", currency } : {};
  return (
    new Intl.NumberFormat(locale, { ...style, notation: "compact", maximumFractionDigits: 2 }).format(Number(value)) +
    (style.currency ? "" : " " + tame(currency))
  );
}

// What a claim says in numbers, as [what it is, value].
function figures(claim) {
  const given = Object.fromEntries(claim.figures);
  const found = [];
  if (given.amount) {
    const sums = [given.amount, given.amountMax].filter(Boolean).map((value) => amount(value, given.currency || ""));
    found.push([say("amount", "金额"), sums.join(" – ")]);
  }
  if (given.share) found.push([say("share", "占比"), Number((Number(given.share) * 100).toFixed(2)) + "%"]);
  if (given.eventDate || given.eventDateText) {
    const inWords = given.eventDateText && given.eventDateText !== given.eventDate ? given.eventDateText : "";
    found.push([say("when", "时间"), given.eventDate && inWords ? `${given.eventDate} (${tame(inWords)})` : tame(given.eventDate || inWords)]);
  }
  return found;
}

// Filters

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();

// The speakers and documents that a text names, looked up once per text.
let named = { said: "" };

function speakers(said) {
  if (named.said !== said) {
    const wanted = fold(said);
    const has = (text) => fold(text).includes(wanted);
    const papers = documents.filter((one) => has(one.publisher) || has(one.title));
    named = { said, spoken: source.speakers.map((names) => names.some(has)), papers: new Set(papers) };
  }
  return named;
}

function claimPasses(claim) {
  const { said, from, to, undated } = state.filters;
  if (!claim.date ? !undated : (from && claim.date < from) || (to && claim.date > to + "~")) return false;
  return !said || speakers(said).spoken[claim.source] || speakers(said).papers.has(claim.document);
}

function edgePasses(edge) {
  const { types, statuses, predicates, said, from, to, undated, disputed, least } = state.filters;
  if (statuses.has(edge.status) || predicates.has(edge.predicate)) return false;
  if (types.has(things[edge.s].type) || types.has(things[edge.o].type)) return false;
  if ((disputed && !edge.disputed) || (least > 1 && edge.support < least)) return false;
  return !(said || from || to || !undated) || edge.claims.some((number) => claimPasses(claims[number]));
}

function filtered() {
  const { types, statuses, predicates, said, from, to, undated, disputed, least } = state.filters;
  return Boolean(types.size || statuses.size || predicates.size || said || from || to || !undated || disputed || least > 1);
}

// The nodes within so many steps of what is chosen, over lines that the filters let through; null when all may be seen.
function nearby() {
  if (!state.depth || !state.chosen) return null;
  const near = new Set(state.chosen.node ? [state.chosen.node.number] : [state.chosen.edge.s, state.chosen.edge.o]);
  for (let step = 0; step < state.depth; step += 1) {
    [...near].forEach((number) => things[number].edges.filter(edgePasses).forEach((edge) => near.add(edge.s).add(edge.o)));
  }
  return near;
}

// What the picture and the list show: sets of numbers. A node goes when the filters leave it no line.
function visible(everything) {
  const near = nearby();
  const inside = (number) => (everything || state.drawn.has(number)) && (!near || near.has(number));
  const edges = new Set();
  const nodes = new Set();
  const joined = new Set();
  relations.forEach((edge) => {
    if (!edgePasses(edge)) return;
    joined.add(edge.s).add(edge.o);
    if (inside(edge.s) && inside(edge.o)) edges.add(edge.number);
  });
  things.forEach((node) => {
    if (inside(node.number) && (joined.has(node.number) || !filtered())) nodes.add(node.number);
  });
  return { nodes, edges };
}

// Search

let surfaces = null; // folded when first asked for

// Nodes that are called so in any language: the whole name before its beginning, that before a word of it; then by rank.
function search(text, limit) {
  const wanted = fold(text);
  if (!wanted) return [];
  surfaces = surfaces || things.map((node) => [node.en, node.zh, ...node.names, node.en || node.zh ? "" : node.id].filter(Boolean).map(fold));
  const found = [];
  surfaces.forEach((names, number) => {
    let best = 4;
    names.forEach((one) => {
      const at = one.indexOf(wanted);
      if (at >= 0) best = Math.min(best, at ? (/[\p{L}\p{N}]/u.test(one[at - 1]) ? 3 : 2) : one === wanted ? 0 : 1);
    });
    if (best < 4) found.push([best, number]);
  });
  found.sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  return found.slice(0, limit).map(([, number]) => things[number]);
}
