// A long choice of assistants becomes a menu, which menus.js places and lets people filter. A short one, and each without
// this script, is the browser's own list.
(() => {
  const LONG = 12;

  const entry = (option) => {
    const button = document.createElement("button");
    button.type = "button";
    button.value = option.value;
    button.textContent = option.text;
    return button;
  };
  const group = (element) => {
    if (element.matches("option")) return entry(element);
    const box = document.createElement("div");
    const heading = document.createElement("p");
    box.role = "group";
    box.ariaLabel = heading.textContent = element.label;
    heading.className = "menu-heading";
    heading.ariaHidden = "true";
    box.append(heading, ...[...element.children].map(entry));
    return box;
  };
  const show = (select) => {
    const menu = select.nextElementSibling;
    const chosen = select.selectedOptions[0]?.text ?? "";
    const name = select.ariaLabel || select.labels[0]?.textContent || "Assistant";
    const summary = menu.querySelector("summary");
    summary.textContent = chosen;
    summary.ariaLabel = `${name}: ${chosen}`;
    for (const button of menu.querySelectorAll("button")) {
      button.ariaCurrent = button.value === select.value ? "true" : null;
    }
  };
  const replace = (select) => {
    const menu = document.createElement("details");
    const items = document.createElement("div");
    const summary = document.createElement("summary");
    menu.className = "menu up picker";
    menu.name = "menu";
    summary.className = "pill";
    items.className = "menu-items model-menu";
    items.append(...[...select.children].filter((child) => child.value !== "").map(group));
    menu.append(summary, items);
    select.hidden = true;
    select.after(menu);
    show(select);
    items.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (!button) return;
      select.value = button.value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
      menu.open = false;
      summary.focus();
    });
  };
  const all = () => document.querySelectorAll("select[name=assistant]");
  const replaceAll = () => {
    for (const select of all()) {
      if (select.options.length < LONG) continue;
      if (select.nextElementSibling?.matches(".picker")) show(select);
      else replace(select);
    }
  };

  document.addEventListener("change", ({ target }) => {
    if (target.nextElementSibling?.matches(".picker")) show(target);
  });
  // The browser could not point at a list that is not shown.
  document.addEventListener("invalid", (event) => {
    const menu = event.target.nextElementSibling;
    if (!menu?.matches(".picker")) return;
    event.preventDefault();
    menu.open = true;
  }, true);
  document.addEventListener("htmx:after:swap", replaceAll);
  addEventListener("pageshow", replaceAll);
  replaceAll();
})();
