// Completion in the search box: a combobox with a list, as the ARIA practices describe it. Without it, the form works as it is.
"use strict";

(() => {
  const box = document.getElementById("search");
  if (!box) return;
  const list = document.createElement("ul");
  list.id = "found";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.dataset.label);
  list.hidden = true;
  box.after(list);
  const live = document.createElement("p");
  live.className = "unseen";
  live.setAttribute("role", "status");
  list.after(live);
  Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list" }).forEach(([key, value]) =>
    box.setAttribute(key, value),
  );

  const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  let waiting = null;
  let asking = null;
  let chosen = -1;

  const close = () => {
    clearTimeout(waiting);
    if (asking) asking.abort();
    list.hidden = true;
    chosen = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };

  const choose = (number) => {
    const options = [...list.children];
    if (!options.length) return;
    chosen = (number + options.length) % options.length;
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === chosen)));
    box.setAttribute("aria-activedescendant", options[chosen].id);
    options[chosen].scrollIntoView({ block: "nearest" });
  };

  const show = (found) => {
    list.replaceChildren(
      ...found.map((hit, place) => {
        const option = document.createElement("li");
        option.id = "found" + place;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.page = hit.page;
        const label = hit.label[language] || hit.label.en || hit.label.zh || hit.matched;
        const name = document.createElement("bdi");
        name.textContent = label;
        option.append(name);
        if (hit.matched !== label) {
          const matched = document.createElement("small");
          matched.textContent = hit.matched;
          option.append(" ", matched);
        }
        return option;
      }),
    );
    chosen = -1;
    list.hidden = !found.length;
    box.setAttribute("aria-expanded", String(Boolean(found.length)));
    box.removeAttribute("aria-activedescendant");
    live.textContent = found.length ? String(found.length) : box.dataset.none;
  };

  const ask = async () => {
    if (asking) asking.abort();
    const mine = new AbortController();
    asking = mine;
    const address = new URL(box.dataset.complete, location.href);
    address.searchParams.set("q", box.value);
    address.searchParams.set("limit", "8");
    try {
      const answer = await fetch(address, { signal: mine.signal, headers: { Accept: "application/json" } });
      if (answer.ok && !mine.signal.aborted) show((await answer.json()).results);
    } catch {
      /* given up for a newer one, or the server is gone: the form works still */
    }
  };

  box.addEventListener("input", () => {
    clearTimeout(waiting);
    if (!box.value.trim()) {
      close();
      return;
    }
    waiting = setTimeout(ask, 120);
  });
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(event.key === "ArrowDown" ? chosen + 1 : chosen < 0 ? -1 : chosen - 1);
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      location.assign(list.children[chosen].dataset.page);
    } else if (event.key === "Escape") {
      event.preventDefault();
      close();
    } else if (event.key === "Tab") {
      close();
    }
  });
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("li");
    if (!option) return;
    event.preventDefault();
    location.assign(option.dataset.page);
  });
  box.addEventListener("blur", close);
})();
