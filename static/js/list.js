// The place in the list of chats: it stays when the list is replaced, after a reload, and when another chat is opened.
(() => {
  const STORED = "minutebook:list";
  const list = () => document.querySelector("#session-list");
  const box = () => document.querySelector(".sidebar-scroll");
  const rows = (root) => [...root.querySelectorAll("li[id^=row-]")];
  const filter = () => document.querySelector("#search-field")?.value ?? "";
  let wanted = 0;

  // The response to a change has as many rows as the list, and is filtered like it.
  document.addEventListener("htmx:config:request", ({ target, detail: { ctx } }) => {
    if (!list() || target.id === "search-field" || target.matches?.(".more")) return;
    const count = Math.max(wanted, filter() ? 0 : rows(list()).length);
    if (count) ctx.request.headers["X-List-Rows"] = String(count);
    if (filter()) ctx.request.headers["X-List-Filter"] = encodeURIComponent(filter());
  });

  // An answer that began before more rows were loaded ends with a shorter list: the rows after its last one stay.
  const keepRest = (fragment) => {
    const more = fragment.querySelector(".more");
    const last = rows(fragment).at(-1);
    const old = last && list().querySelector(`#${CSS.escape(last.id)}`);
    if (!more || !old || filter() || rows(list()).length <= rows(fragment).length) return;
    const isNew = (row) => !fragment.querySelector(`#${CSS.escape(row.id)}`);
    while (old.nextElementSibling) {
      const row = old.nextElementSibling;
      if (isNew(row)) last.parentElement.append(row);
      else row.remove();
    }
    const after = [];
    for (let next = old.parentElement.nextElementSibling; next; next = next.nextElementSibling) after.push(next);
    for (const group of after) for (const row of rows(group)) if (!isNew(row)) row.remove();
    more.remove();
    last.parentElement.after(...after);
  };

  const takePlace = (without) => {
    if (!box() || !list()) return null;
    const { top } = box().getBoundingClientRect();
    const row = rows(list()).find((one) => one !== without && one.getBoundingClientRect().bottom > top + 1);
    const focused = list().contains(document.activeElement) ? document.activeElement.closest("li[id^=row-]") : null;
    return { id: row?.id, top: row ? row.getBoundingClientRect().top : 0, scrolled: box().scrollTop, focused: focused?.id };
  };
  const restore = (place) => {
    const row = place.id && document.getElementById(place.id);
    if (place.scrolled < 1) box().scrollTop = 0;
    else if (row) box().scrollTop += row.getBoundingClientRect().top - place.top;
    else box().scrollTop = place.scrolled;
    if (place.focused && document.activeElement === document.body) {
      const link = document.querySelector(`#${CSS.escape(place.focused)} a.row`);
      link?.focus({ preventScroll: true });
    }
  };
  const showCurrent = (block = "nearest") => {
    const row = list()?.querySelector("a.row[aria-current]");
    if (!row || !box()) return;
    const [inner, outer] = [row.getBoundingClientRect(), box().getBoundingClientRect()];
    if (inner.top < outer.top || inner.bottom > outer.bottom) row.scrollIntoView({ block });
  };

  // A title that is being typed outlives a new list.
  let renaming = null;
  const keepRename = (target) => {
    const row = list().querySelector(".row-rename")?.closest("li");
    const focused = row?.contains(document.activeElement) ? document.activeElement : null;
    renaming = row && !row.contains(target) ? { row, focused } : null;
  };
  const restoreRename = () => {
    const row = renaming && !renaming.row.isConnected && document.getElementById(renaming.row.id);
    if (row) {
      row.replaceWith(renaming.row);
      renaming.focused?.focus({ preventScroll: true });
    }
    renaming = null;
  };

  let place = null;
  document.addEventListener("htmx:before:swap", ({ target, detail }) => {
    const task = detail.tasks?.find((one) => one.target?.id === "session-list");
    place = null;
    if (!task || detail.ctx?.sourceElement?.id === "search-field") return;
    keepRename(target);
    place = takePlace(target.closest?.("li[id^=row-]"));
    if (task.fragment) keepRest(task.fragment);
  });
  document.addEventListener("htmx:after:swap", () => {
    restoreRename();
    if (place) restore(place);
    place = null;
  });
  for (const name of ["htmx:after:history:push", "htmx:after:history:replace", "htmx:after:history:update"]) {
    document.addEventListener(name, () => queueMicrotask(() => showCurrent()));
  }

  const attempt = (action) => { try { return action(); } catch { return null; } };
  addEventListener("pagehide", () => {
    if (!list() || filter()) return;
    const stored = { ...takePlace(), rows: rows(list()).length, at: location.pathname, user: document.body.dataset.user };
    attempt(() => sessionStorage.setItem(STORED, JSON.stringify(stored)));
  });
  const begin = async () => {
    const stored = attempt(() => JSON.parse(sessionStorage.getItem(STORED)));
    if (!list() || filter()) return;
    if (!stored || stored.user !== document.body.dataset.user) return showCurrent("center");
    if (stored.rows > rows(list()).length && list().querySelector(".more") && stored.scrolled > 0) {
      wanted = stored.rows;
      const current = list().querySelector("a.row[aria-current]")?.pathname.split("/").pop() ?? "";
      const address = document.querySelector("[data-new-chat]").pathname;
      await htmx.ajax("GET", `${address}?current=${current}`, { target: "#session-list", swap: "innerHTML" });
      wanted = 0;
    }
    restore({ ...stored, focused: null });
    if (stored.at !== location.pathname) showCurrent();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
