// The head of a code block: Copy, and Wrap where the code is wider than its column. Without this script the head names
// the language only. htmx leaves the head of a growing block alone: see `morphSkipChildren` in templates/layout.html.
(() => {
  const button = (words, kind) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = kind;
    made.textContent = words;
    return made;
  };
  const measure = (figure) => {
    const code = figure.querySelector("pre");
    const wrap = figure.querySelector(".wrap");
    if (code && wrap) wrap.hidden = !("wrap" in figure.dataset) && code.scrollWidth <= code.clientWidth;
  };
  const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => measure(target.closest(".code"))));
  const equip = (figure) => {
    const head = figure.querySelector("figcaption");
    if (!head || head.querySelector("button")) return;
    const wrap = button("Wrap", "wrap");
    wrap.setAttribute("aria-pressed", "wrap" in figure.dataset);
    wrap.hidden = true;
    head.append(wrap, button("Copy", "copy-code"));
    figure.querySelectorAll("pre, pre > code").forEach((part) => sizes.observe(part));
  };
  const equipAll = (root) => {
    if (root.closest?.(".code")) equip(root.closest(".code"));
    root.querySelectorAll?.(".code").forEach(equip);
  };
  new MutationObserver((records) => records.forEach(({ addedNodes }) => addedNodes.forEach(equipAll)))
    .observe(document, { childList: true, subtree: true });
  equipAll(document);

  const copy = async (pressed) => {
    await navigator.clipboard.writeText(pressed.closest(".code").querySelector("code").textContent);
    pressed.textContent = "Copied";
    setTimeout(() => { pressed.textContent = "Copy"; }, 2000);
  };
  document.addEventListener("click", ({ target }) => {
    if (target.matches?.(".copy-code")) copy(target).catch(() => { target.textContent = "Failed"; });
    if (!target.matches?.(".code .wrap")) return;
    const figure = target.closest(".code");
    target.setAttribute("aria-pressed", figure.toggleAttribute("data-wrap"));
    measure(figure);
  });
})();
