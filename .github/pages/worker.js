// Runs costcheck beside the page, so that the page answers while it computes.
import { loadPyodide } from "./pyodide/pyodide.mjs";

async function start() {
  const settings = await (await fetch("settings.json")).json();
  const here = new URL("pyodide/", location.href).href;
  const options = settings.elsewhere ? { packageBaseUrl: settings.elsewhere } : {};
  const python = await loadPyodide({ indexURL: here, ...options });
  await python.loadPackage(settings.wheels);
  const packed = await (await fetch("python.zip")).arrayBuffer();
  python.unpackArchive(packed, "zip", { extractDir: "/costcheck" });
  python.runPython("import sys; sys.path.insert(0, '/costcheck'); import numpy");
  return python.pyimport("page");
}

const started = start();
started.then(() => postMessage({ ready: true }), (error) => postMessage({ failed: String(error) }));

onmessage = async ({ data }) => {
  try {
    const page = await started;
    postMessage(JSON.parse(page.answer(JSON.stringify(data))));
  } catch (error) {
    postMessage({ failed: String(error) });
  }
};
