// Drafts: what is typed into a field with `data-draft` is stored in this browser, for this account, until it was sent
// and accepted. `data-no-draft` on the field or around it switches this off. Without localStorage nothing is stored.
(() => {
  const PREFIX = "minutebook:draft:";
  const MOST_DRAFTS = 100;
  const MOST_CHARACTERS = 2_000_000;

  const attempt = (action) => { try { return action(); } catch { return null; } };
  const storage = attempt(() => window.localStorage);

  const fields = () => document.querySelectorAll("textarea[data-draft]");
  const keyOf = (field) => {
    const { user } = document.body.dataset;
    return storage && user && field.dataset?.draft && !field.closest("[data-no-draft]")
      ? `${PREFIX}${user}:${field.dataset.draft}` : null;
  };
  const parse = (text) => {
    const entry = attempt(() => JSON.parse(text));
    return typeof entry?.text === "string" ? entry : null;
  };
  const read = (key) => parse(attempt(() => storage.getItem(key)));
  const remove = (key) => attempt(() => storage.removeItem(key));

  // The newest drafts first, also those of other accounts: they share the browser's quota.
  const stored = () => (attempt(() => Object.keys(storage)) ?? [])
    .filter((key) => key.startsWith(PREFIX))
    .map((key) => ({ key, ...(read(key) ?? { text: "", at: 0 }) }))
    .sort((one, other) => other.at - one.at);

  const write = (key, text, sent) => {
    const isNew = attempt(() => storage.getItem(key)) === null;
    const entry = JSON.stringify({ text, at: Date.now(), sent });
    for (;;) {
      try { storage.setItem(key, entry); break; } catch {
        const oldest = stored().findLast((draft) => draft.key !== key);
        if (!oldest) return;
        remove(oldest.key);
      }
    }
    if (!isNew) return;
    let characters = text.length;
    stored().filter((draft) => draft.key !== key).forEach((draft, place) => {
      characters += draft.text.length;
      if (place + 1 >= MOST_DRAFTS || characters > MOST_CHARACTERS) remove(draft.key);
    });
  };

  // Fields that were typed into since they were shown or sent, with their keys.
  const typed = new Map();
  const shown = new WeakMap();
  const pristine = (field) => (field.hasAttribute("data-refilled") ? "" : field.defaultValue);

  const save = (field, key) => {
    if (field.value === pristine(field)) {
      remove(key);
      typed.delete(field);
    } else if (read(key)?.text !== field.value || read(key)?.sent) write(key, field.value);
  };
  const flush = () => {
    for (const [field, key] of typed) {
      if (field.isConnected) save(field, key);
      else typed.delete(field);
    }
  };

  const fill = (field, text) => {
    field.value = text;
    field.dispatchEvent(new CustomEvent("refilled", { bubbles: true }));
    const original = field.form?.querySelector("[data-original]");
    if (original) original.hidden = text === field.defaultValue;
  };
  const show = (field) => {
    const key = keyOf(field);
    if (!key || shown.get(field) === key) return;
    shown.set(field, key);
    const draft = read(key);
    if (field.hasAttribute("data-refilled")) write(key, field.value);
    else if (draft && !typed.has(field)) fill(field, draft.text);
  };

  // The cookie has the key of the form that was accepted last without htmx.
  const dropAccepted = () => {
    const accepted = document.cookie.match(/(?:^|; )sent=([^;]+)/)?.[1];
    if (!accepted || !storage) return;
    for (const draft of stored()) if (draft.sent === accepted) remove(draft.key);
  };
  const showAll = () => {
    dropAccepted();
    fields().forEach(show);
  };

  document.addEventListener("input", ({ target }) => {
    const key = target.matches?.("textarea[data-draft]") ? keyOf(target) : null;
    if (!key) return;
    typed.set(target, key);
    save(target, key);
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-original]");
    const field = button?.form.querySelector("textarea[data-draft]");
    if (!field) return;
    fill(field, field.defaultValue);
    save(field, keyOf(field));
    field.focus();
  });

  const sent = new WeakMap();
  document.addEventListener("submit", ({ target }) => {
    const field = target.querySelector("textarea[data-draft]");
    const key = field && keyOf(field);
    if (!key || field.value === pristine(field)) return;
    typed.delete(field);
    write(key, field.value, target.elements.key?.value);
    sent.set(target, { field, key, text: field.value });
  }, true);
  const settle = ({ target, detail }) => {
    const one = sent.get(target);
    if (!one) return;
    sent.delete(target);
    if (detail.ctx?.response?.status < 300 && !detail.error) {
      if (read(one.key)?.text === one.text) remove(one.key);
    } else if (detail.ctx?.response?.status !== 401 && one.field.isConnected) typed.set(one.field, one.key);
    // After a 401 the form goes on through the sign-in. The draft knows with which key it was sent.
  };
  document.addEventListener("htmx:after:request", settle);
  document.addEventListener("htmx:error", settle);

  // In another tab the text was changed or sent. Text that is being typed here stays, and is stored again.
  addEventListener("storage", ({ key, newValue, oldValue }) => {
    for (const field of fields()) {
      if (shown.get(field) !== key) continue;
      if (!typed.has(field) && !field.readOnly) fill(field, parse(newValue)?.text ?? pristine(field));
      else if (newValue === null && parse(oldValue)?.text !== field.value) save(field, key);
    }
  });
  addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", flush);
  document.addEventListener("htmx:before:swap", flush);
  document.addEventListener("htmx:after:swap", showAll);
  addEventListener("pageshow", showAll);
  showAll();
})();
