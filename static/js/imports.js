// The form of an import: files dropped anywhere on the page, and a bar while the browser sends them. Without this script
// files are dropped on the field, and the form is sent by its button.
(() => {
  const form = () => document.querySelector("#import-form");
  const page = () => form()?.closest(".page");
  const part = (selector) => form().querySelector(selector);
  const megabytes = (bytes) => (bytes / 1e6).toLocaleString("en", { maximumFractionDigits: bytes < 1e8 ? 1 : 0 });
  let sent = null;

  const say = (problem) => {
    const place = document.querySelector("#import-problem");
    place.textContent = problem;
    place.hidden = !problem;
    if (problem) place.scrollIntoView({ block: "nearest" });
  };
  const show = (loaded, total) => {
    const percent = total ? Math.floor((100 * loaded) / total) : 0;
    part("progress").value = percent;
    part("[data-percent]").textContent = `${percent} %`;
    const isSent = total > 0 && loaded >= total;
    part("#sending-title").textContent = isSent ? "Sent. The server is storing the files" : "Sending the files";
    part("[data-figures]").textContent = `${megabytes(loaded)} of ${megabytes(total)} MB`;
  };
  const end = (problem) => {
    sent = null;
    delete form().dataset.sending;
    part(".sending").hidden = true;
    say(problem);
    part("#import-files").focus();
  };

  const send = () => {
    const request = new XMLHttpRequest();
    const body = new FormData(form());
    let loaded = 0;
    sent = request;
    say("");
    form().dataset.sending = "";
    part(".sending").hidden = false;
    show(0, 0);
    request.open("POST", form().action);
    request.responseType = "document";
    request.setRequestHeader("HX-Request-Type", "partial");
    request.upload.onprogress = (event) => { loaded = event.loaded; show(event.loaded, event.total); };
    request.onload = () => {
      const address = request.getResponseHeader("HX-Redirect");
      if (request.status < 400 && address) {
        sent = null;
        location.assign(address);
        return;
      }
      if (request.status === 401) document.querySelector("#signed-out").hidden = false;
      const said = request.response?.querySelector("#import-problem, .problem")?.textContent.trim();
      end(said || `The server refused the files (${request.status}). They are still chosen: send them again.`);
    };
    request.onerror = () => end(`The connection broke after ${megabytes(loaded)} MB. The files are still chosen: send them again.`);
    request.onabort = () => end("");
    request.send(body);
    part("[data-cancel]").focus();
  };

  document.addEventListener("submit", (event) => {
    if (event.target !== form() || sent) return;
    event.preventDefault();
    send();
  });
  document.addEventListener("change", ({ target }) => {
    if (target.id === "import-files" && target.files.length) form().requestSubmit();
  });
  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("#import-form [data-cancel]")) sent?.abort();
  });
  addEventListener("beforeunload", (event) => { if (sent) event.preventDefault(); });

  // A browser opens what is dropped beside a field, so the whole page takes it.
  const hasFiles = (event) => Boolean(form()) && [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = sent ? "none" : "copy";
    if (!sent) page().dataset.over = "";
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget && page()) delete page().dataset.over;
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    delete page().dataset.over;
    if (sent) return;
    const folder = [...event.dataTransfer.items].find((item) => item.webkitGetAsEntry?.()?.isDirectory);
    if (folder) {
      say(`“${folder.webkitGetAsEntry().name}” is a folder. Put it in a zip, and drop that.`);
      return;
    }
    if (!event.dataTransfer.files.length) return;
    part("#import-files").files = event.dataTransfer.files;
    form().requestSubmit();
  });
})();
