/* The doctor in the reader's browser: Python (Pyodide), and the same file that a server runs.

   {python, program, text, version} is answered by {result: its --json} or {error}, or by {gone: why} where it could not
   be loaded; before that come {got: bytes} while it loads, and {begins: true}. */

const GLUE = `
import contextlib, io, re, types

# What begins a line of a log, a traceback or Apache's own complaint, and no line of a configuration.
LOG = re.compile(r"^\\s*(\\[\\w{3} \\w{3} |Traceback |\\w+(Error|Exception)\\b:|AH\\d{5}|WSGI\\d{4}|Invalid command|Syntax error)|mod_wsgi \\(pid", re.M)

doctor = types.ModuleType("wsgi_doctor")

def check(text, version):
    with open("pasted", "w", encoding="utf-8") as file:
        file.write(text)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        log = ["--log", "pasted"] if LOG.search(text) else []
        status = doctor.main(["--text", "pasted", *log, "--json", *(["--for", version] if version else [])])
    return ["", err.getvalue()] if status == 2 else [out.getvalue(), ""]

def load(source):
    exec(compile(source, "wsgi-doctor.py", "exec"), doctor.__dict__)
    return doctor.main and check  # of half a file there is no main

load
`;
const ask = self.fetch.bind(self);
let got = 0;
let check; // once it is loaded
let fail;
const failed = new Promise((_, reject) => (fail = reject)); // Pyodide itself waits for ever for a file that does not come

/** Fetch, and say how much has come; the code comes compressed, under another name. */
self.fetch = async (url, options) => {
  const address = String(url.url ?? url);
  const code = address.endsWith(".wasm");
  const response = await ask(code ? address.replace(/wasm$/, "bin") : url, options).catch(fail);
  if (!response?.ok) return fail();
  const count = new TransformStream({
    transform(chunk, sink) {
      postMessage({ got: (got += chunk.length) });
      sink.enqueue(chunk);
    },
  });
  const body = response.body.pipeThrough(count);
  if (!code) return new Response(body, response);
  const whole = await new Response(body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer().catch(fail);
  return new Response(whole, { headers: { "Content-Type": "application/wasm" } });
};

async function load({ python, program }) {
  const { loadPyodide } = await import(`${python}pyodide.mjs`);
  const response = await ask(program);
  if (!response.ok) throw new Error(program);
  const loaded = await Promise.race([loadPyodide({ indexURL: python }), failed]);
  check = loaded.runPython(GLUE)(await response.text());
}

addEventListener("message", async ({ data }) => {
  try {
    if (!check) await load(data);
  } catch {
    return postMessage({ gone: "Python could not be loaded. Are you online?" });
  }
  postMessage({ begins: true });
  try {
    const [result, error] = check(data.text, data.version).toJs();
    postMessage(error ? { error: error.replace(/^wsgi-doctor\.py: /, "") } : { result });
  } catch {
    postMessage({ error: "The program failed on this text. That is a mistake in the program: please report it, without your passwords." });
  }
});
