// The query page: YASGUI with this server as its only endpoint. It keeps nothing in the browser.
"use strict";

(() => {
  const place = document.getElementById("yasgui");
  const { endpoint, sparql, base, pages, title, language, prefixes } = place.dataset;
  const address = new URL(endpoint, location.href).href;

  const share = (text) => {
    const link = new URL(location.pathname, location.origin);
    link.searchParams.set("query", text);
    if (language) link.searchParams.set("lang", language);
    return link.href;
  };

  // Set before, not given to it: it merges lists item by item, and its own completers of classes and properties would ask a server elsewhere.
  Yasgui.Yasqe.defaults.autocompleters = ["variables"];
  Yasgui.Yasqe.defaults.persistenceId = null;
  Yasgui.Yasr.defaults.persistenceId = null;
  const yasgui = new Yasgui(place, {
    persistenceId: null,
    populateFromUrl: false,
    autofocus: false,
    copyEndpointOnNewTab: true,
    tabName: title,
    requestConfig: { endpoint: address, method: "POST" },
    endpointCatalogueOptions: { getData: () => [{ endpoint: address }] },
    yasqe: {
      value: sparql,
      persistenceId: null,
      createShareableLink: (yasqe) => share(yasqe.getValue()),
    },
    yasr: { persistenceId: null, prefixes: JSON.parse(prefixes) },
  });
  const editor = () => yasgui.getTab().getYasqe();
  editor().setValue(sparql);

  // What YASGUI leaves without a name for those who do not see it.
  const naming = () => {
    const names = { ".CodeMirror textarea": "SPARQL", "select.tableSizer": "Page size", ".tableFilter": "Filter" };
    Object.entries(names).forEach(([selector, text]) =>
      place.querySelectorAll(selector + ":not([aria-label])").forEach((found) => found.setAttribute("aria-label", text)),
    );
    place.querySelectorAll("button:not([aria-label])[title]").forEach((found) => {
      if (!found.textContent.trim()) found.setAttribute("aria-label", found.title);
    });
  };
  naming();
  new MutationObserver(naming).observe(place, { childList: true, subtree: true });

  document.querySelectorAll("button[data-sparql]").forEach((button) =>
    button.addEventListener("click", () => {
      editor().setValue(button.dataset.sparql);
      editor().focus();
    }),
  );

  // A node of this graph has a page here, wherever its IRI points.
  const here = (event) => {
    const link = event.target.closest && event.target.closest("a[href]");
    const iri = link && link.getAttribute("href");
    if (!iri || !iri.startsWith(base)) return;
    const [key, fragment] = iri.slice(base.length).split("#");
    link.href = pages + key.split("/").map((part) => encodeURIComponent(part)).join("/") + (language ? "?lang=" + language : "") + (fragment ? "#" + fragment : "");
  };
  ["mousedown", "focusin", "click"].forEach((kind) => place.addEventListener(kind, here, true));
  window.ready = true;
})();
