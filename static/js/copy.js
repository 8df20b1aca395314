// Copies a message's source to the clipboard. Without this script, "Copy" is a link to the source.
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("[data-copy]");
  if (!link || event.metaKey || event.ctrlKey || !navigator.clipboard) return;
  event.preventDefault();
  try {
    const answer = await fetch(link.href);
    if (!answer.ok) throw new Error(answer.status);
    await navigator.clipboard.writeText(await answer.text());
    const words = link.firstChild;
    link.dataset.copied = "";
    words.data = "Copied";
    setTimeout(() => { words.data = "Copy"; delete link.dataset.copied; }, 1500);
  } catch {
    location.href = link.href;
  }
});
