/* The doctor in the reader's browser: Python (Pyodide), and the same file that a server runs.

   {python, program, text, version} is answered by {result: its --json} or {error}; before that come {got: bytes} while
   it loads, and {begins: true}. */

const GLUE = `
import contextlib, io, types

def check(source, text, version):
    with open("pasted", "w", encoding="utf-8") as file:
        file.write(text)
    doctor = types.ModuleType("wsgi_doctor")
    exec(compile(source, "wsgi-doctor.py", "exec"), doctor.__dict__)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = doctor.main(["--text", "pasted", "--log", "pasted", "--json", *(["--for", version] if version else [])])
    return ["", err.getvalue()] if status == 2 else [out.getvalue(), ""]

check
`;
const ask = self.fetch.bind(self);
let got = 0;
let check, source; // once they are loaded

/** Fetch, and say how much has come; the code comes compressed, under another name. */
self.fetch = async (url, options) => {
  const code = String(url.url ?? url).endsWith(".wasm");
  const response = await ask(code ? String(url.url ?? url).replace(/wasm$/, "bin") : url, options);
  if (!response.ok) throw new Error(`${response.status}: ${url}`);
  const count = new TransformStream({
    transform(chunk, sink) {
      postMessage({ got: (got += chunk.length) });
      sink.enqueue(chunk);
    },
  });
  const body = response.body.pipeThrough(count);
  if (!code) return new Response(body, response);
  return new Response(body.pipeThrough(new DecompressionStream("gzip")), { headers: { "Content-Type": "application/wasm" } });
};

async function load({ python, program }) {
  const { loadPyodide } = await import(`${python}pyodide.mjs`);
  const [loaded, file] = await Promise.all([loadPyodide({ indexURL: python }), ask(program).then((it) => it.text())]);
  [check, source] = [loaded.runPython(GLUE), file];
}

addEventListener("message", async ({ data }) => {
  try {
    if (!check) await load(data);
  } catch {
    return postMessage({ error: "Python could not be loaded. Are you online?" });
  }
  postMessage({ begins: true });
  try {
    const [result, error] = check(source, data.text, data.version).toJs();
    postMessage(error ? { error: error.replace(/^wsgi-doctor\.py: /, "") } : { result });
  } catch {
    postMessage({ error: "The check came to no end. Please report the text that you pasted." });
  }
});
