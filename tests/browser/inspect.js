// What is wrong with the page as it stands: a sentence each.
() => {
  const wrong = [...tripped];
  const say = (what, where) => wrong.push(`${what}: ${where.outerHTML.slice(0, 200)} in ${where.closest("[id]").id}`);
  const tags = new Set(("a blockquote br code del div em figcaption figure h3 h4 h5 h6 hr li ol p pre s span strong sub sup table tbody td th thead tr ul " +
    "math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle msub msubsup msup " +
    "mtable mtd mtext mtr munder munderover none u").split(" "));
  const attributes = new Set(("class dir href rel target title role aria-label tabindex start value display stretchy fence form separator lspace rspace minsize " +
    "maxsize movablelimits mathvariant width height symmetric linethickness displaystyle scriptlevel accent " +
    "accentunder notation").split(" "));
  const clips = element => {
    const style = getComputedStyle(element);
    return style.overflowX !== "visible" || /paint|content|strict/.test(style.contain) || style.contentVisibility === "auto";
  };
  // Each message is clipped to its article, also while it is not on the screen; it is laid out here to be measured.
  for (const article of document.querySelectorAll(".minute")) if (!clips(article)) say("not clipped", article);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(".minute { content-visibility: visible !important; contain: layout style paint; }");
  document.adoptedStyleSheets = [sheet];

  const isWithin = (box, around) => box.left >= around.left - 1 && box.right <= around.right + 1;
  const isClipped = (element, until) => {
    for (let at = element.parentElement; at !== until.parentElement; at = at.parentElement)
      if (clips(at)) return isWithin(at.getBoundingClientRect(), until.getBoundingClientRect());
    return false;
  };
  for (const body of document.querySelectorAll(".said .prose, .said .plain")) {
    const article = body.closest("article");
    const around = article.getBoundingClientRect();
    if (article.scrollWidth < 1) say("has no width", article);
    for (const element of [body, ...body.querySelectorAll("*")]) {
      // The buttons of a code block are the page's own.
      if (element !== body && !element.matches(".code > figcaption > button:is(.wrap, .copy-code)")) {
        if (!tags.has(element.localName)) say(`element ${element.localName}`, element);
        for (const { name } of element.attributes) if (!attributes.has(name)) say(`attribute ${name}`, element);
        if (element.namespaceURI.endsWith("html") && element.hasAttribute("form")) say("attribute form", element);
        if (element.href && !["http:", "https:", "mailto:"].includes(element.protocol)) say("leads to " + element.href, element);
        if (element.href && !element.rel.includes("noopener noreferrer nofollow")) say("link without rel", element);
      }
      if (!isWithin(element.getBoundingClientRect(), around) && !isClipped(element, article)) say("sticks out", element);
    }
  }
  // What stands one below the other does so whatever is in it.
  for (const list of [".minute", ".row", ".card"]) {
    const boxes = [...document.querySelectorAll(list)].map(element => [element, element.getBoundingClientRect()]);
    boxes.forEach(([element, box], n) => {
      if (n && boxes[n - 1][1].bottom > box.top + 1) say("overlaps the one above", element);
      if (box.right > element.parentElement.getBoundingClientRect().right + 1) say("is too wide", element);
    });
  }
  if (document.documentElement.scrollWidth > innerWidth) say("page is too wide", document.body);
  const pane = document.querySelector("#pane, .page");
  if (pane && pane.scrollWidth > pane.clientWidth) say("transcript is too wide", pane);
  for (const row of document.querySelectorAll(".row-title, #session-title")) if (!clips(row)) say("title is not clipped", row);

  // Characters of the page's own text, and of addresses, stand in their order whatever was said around them.
  const goesOn = (node, element) => {
    const range = document.createRange();
    let before = null;
    for (let at = 0; at < node.length; at++) {
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const box = range.getBoundingClientRect();
      if (!box.width) continue;
      if (before && Math.abs(box.top - before.top) < 3 && box.left < before.left - 0.5) return say("is reordered", element);
      before = box;
    }
  };
  for (const element of document.querySelectorAll(".under *, .minute .number, .margin time, .address, .row-count, .card-title, .card-facts, #head-facts"))
    for (const node of element.childNodes) if (node.nodeType === 3) goesOn(node, element);

  const seen = new Set();
  for (const { id } of document.querySelectorAll("[id]")) {
    if (seen.has(id)) wrong.push(`id twice: ${id}`);
    seen.add(id);
  }
  document.adoptedStyleSheets = [];
  return wrong;
}
