// The page asks, the worker answers. Nothing that is typed leaves the browser.
const find = (name) => document.getElementById(name);
const said = find("said");
let worker = null;

function ask(question) {
  said.textContent = worker.ready ? "Computing ..." : "Loading Python, once ...";
  said.scrollIntoView({ block: "nearest" });
  document.querySelectorAll("button.ask").forEach((button) => (button.disabled = true));
  worker.postMessage(question);
}

function answered({ data }) {
  if (data.ready) {
    worker.ready = true;
    if (said.textContent === "Loading Python ...") said.textContent = "Ready.";
    return;
  }
  document.querySelectorAll("button.ask").forEach((button) => (button.disabled = false));
  if (data.failed) {
    said.textContent = `costcheck could not run here: ${data.failed}`;
    return;
  }
  said.textContent = data.said || "Done.";
  find("report").hidden = !data["report.html"];
  // Without leave to be of this page's origin: what a file says can reach nothing.
  find("report").srcdoc = data["report.html"];
  offer("save-report", "report.html", data["report.html"], "text/html");
  offer("save-scenario", "scenario.yaml", data["scenario.yaml"], "text/plain");
  if (data["scenario.yaml"]) find("yaml").value = data["scenario.yaml"];
  said.scrollIntoView();
}

function offer(name, file, text, kind) {
  const link = find(name);
  link.hidden = !text;
  if (link.href) URL.revokeObjectURL(link.href);
  if (!text) return;
  link.href = URL.createObjectURL(new Blob([text], { type: kind }));
  link.download = file;
}

function flags(form) {
  return [...new FormData(form)].flatMap(([name, value]) => {
    const text = String(value).trim();
    if (!text || name === "model") return [];
    return name === "mfu" ? ["--set", `utilization.mfu=${text}`] : [`--${name}`, text];
  });
}

const QUESTIONS = {
  sentence: () => ({ command: ["audit", "article.txt"], files: { "article.txt": find("text").value }, draft: "article.txt" }),
  run: (form) => ({ command: ["estimate", form.elements.model.value.trim(), ...flags(form), "--save", "scenario.yaml"], files: {} }),
  file: () => ({ command: ["estimate", "scenario.yaml"], files: { "scenario.yaml": find("yaml").value } }),
};

if (typeof WebAssembly === "object" && typeof Worker === "function") {
  find("without").hidden = true;
  find("with").hidden = false;
  worker = new Worker("worker.js", { type: "module" });
  worker.onmessage = answered;
  worker.onerror = () => answered({ data: { failed: "the program did not start" } });
  Object.entries(QUESTIONS).forEach(([name, question]) => {
    find(name).addEventListener("submit", (event) => {
      event.preventDefault();
      ask(question(event.target));
    });
  });
}
