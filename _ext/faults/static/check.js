// A form that runs the doctor in this page: on a configuration, or on lines of an error log.
{
    const form = document.querySelector(".check form"), found = document.querySelector(".check-found")
    const {text, version, link, machine} = form.elements, [start] = form.querySelectorAll("button"), said = form.querySelector("[role=status]")
    const here = new URL(".", document.querySelector('script[src*="check.js"]').src)
    const program = new URL(form.dataset.program, document.baseURI), fetched = Number(form.dataset.fetched)
    const LARGEST = 1 << 20 // letters
    const SECONDS = 30 // for a text; most take one
    const SHARED = "#check="
    const SIGNS = {"+": "-", "/": "_", "=": ""}

    const make = (name, properties, ...inside) => {
        const element = Object.assign(document.createElement(name), properties)
        element.append(...inside)
        return element
    }

    // -- Python, in a thread of its own, from the first time on -----------------------------------

    let worker = null
    const end = () => {
        worker?.terminate()
        worker = null
    }

    // Resolves to what the doctor says, as its --json; or throws what is to be told to the reader.
    const check = asked => new Promise((resolve, reject) => {
        let timer
        const stop = why => {
            clearTimeout(timer)
            end()
            reject(new Error(why))
        }
        worker ??= new Worker(new URL("check-worker.js", here), {type: "module"})
        worker.onerror = () => stop("Python could not be loaded. Are you online?")
        worker.onmessage = ({data: {got, begins, result, error, gone}}) => {
            if (gone) return stop(gone)
            if (got) said.textContent = got < fetched ? `Downloading Python: ${(got / 1e6).toFixed(1)} of ${(fetched / 1e6).toFixed(1)} MB` : "Starting Python…"
            if (begins) {
                said.textContent = "Checking…"
                timer = setTimeout(() => stop(`The check was stopped after ${SECONDS} seconds. Paste a smaller part.`), SECONDS * 1000)
            }
            if (!result && !error) return
            clearTimeout(timer)
            error ? reject(new Error(error)) : resolve(JSON.parse(result))
        }
        worker.postMessage({...asked, python: new URL(form.dataset.python, document.baseURI).href, program: program.href})
    })

    // -- What was found ----------------------------------------------------------------------------

    const page = see => new URL(see, program).href
    const row = (name, value) => [make("dt", {}, name), make("dd", {}, value)]
    const finding = one => make("div", {className: "check-one"},
        make("p", {className: "check-title"}, make("strong", {className: `check-${one.level.split(" ")[0]}`}, one.level), ": ",
            make("a", {href: page(one.see)}, one.title)),
        make("dl", {}, ...row("here", one.here), ...row("why", one.why), ...row("instead", make("code", {}, one.instead))))

    const show = ({findings, log, notes}, lines) => {
        const places = Map.groupBy(findings, one => one.line)
        const known = log.filter(one => ![...places.keys()].some(line => lines[line - 1]?.trim() == one.line)) // not told twice
        for (const [line, all] of [...places].sort(([a], [b]) => a - b))
            found.append(make("section", {}, make("pre", {tabIndex: 0}, `${line}  ${lines[line - 1] ?? ""}`), ...all.map(finding)))
        for (const {line, times, ids, see} of known)
            found.append(make("section", {}, make("pre", {tabIndex: 0}, line), make("div", {className: "check-one"},
                make("p", {}, `This message is known${times > 1 ? ` (${times} times)` : ""}. See `,
                    ...see.flatMap((one, n) => [n ? ", or " : "", make("a", {href: page(one)}, ids[n].replaceAll("-", " "))]), "."))))
        const rest = notes.filter(note => !note.startsWith("read: "))
        if (rest.length) found.append(make("ul", {}, ...rest.map(note => make("li", {}, note))))
        const counts = Map.groupBy(findings, one => one.level)
        const all = ["broken", "not as meant", "hint"].filter(level => counts.has(level)).map(level => `${counts.get(level).length} ${level}`)
        if (known.length) all.push(`${known.length} known ${known.length == 1 ? "message" : "messages"}`)
        return all.join(", ") || "Nothing is wrong that can be seen in this text."
    }

    form.addEventListener("submit", async event => {
        event.preventDefault()
        if (start.ariaDisabled == "true") return
        found.replaceChildren()
        const asked = {text: text.value, version: version.value}
        if (!asked.text.trim()) return said.textContent = "Paste something first."
        if (asked.text.length > LARGEST) return said.textContent = "That is more than a million letters. Paste a part of it."
        start.ariaDisabled = "true"
        said.textContent = worker ? "Checking…" : "Loading Python…"
        try {
            said.textContent = show(await check(asked), asked.text.split("\n"))
            found.focus()
        } catch ({message}) {
            said.textContent = message
        }
        start.ariaDisabled = "false"
    })

    // -- A real Apache: the machine in this page, as it is once Apache and mod_wsgi are installed -------------------------

    const place = document.querySelector(".check-machine")
    const step = (command, ...shown) => ({command, shown, status: 0, keeps: false})
    const typed = (digest, limit, ...steps) => ({digest, terminal: 1, limit, steps})
    const block = ({path, text, steps}) => make("div", {className: "literal-block-wrapper"},
        ...path ? [make("p", {className: "check-path"}, path)] : [],
        make("pre", {className: "in-machine", tabIndex: 0}, text?.length > 2000 ? `${text.slice(0, 2000)}\n…` : text ?? steps.map(one => `$ ${one.command}`).join("\n")))

    machine.addEventListener("click", async () => {
        if (!text.value.trim()) return said.textContent = "Paste something first."
        if (machine.ariaDisabled == "true") return
        machine.ariaDisabled = "true"
        const home = new URL(form.dataset.machine, document.baseURI)
        const closed = () => {
            place.replaceChildren()
            machine.ariaDisabled = "false"
            machine.focus()
        }
        try {
            const response = await fetch(program)
            if (!response.ok) throw new Error(program)
            const blocks = [
                {digest: "pasted", path: "/etc/apache2/sites-available/pasted.conf", text: text.value.trimEnd() + "\n"},
                typed("test", 20, step("sudo a2ensite --quiet pasted", "Enabling site pasted."), step("sudo apachectl -t && sudo systemctl reload apache2", "Syntax OK")),
                {digest: "doctor", path: "/home/reader/wsgi-doctor.py", text: await response.text()},
                typed("check", 20, step("sudo python3 wsgi-doctor.py || true", "..."))]
            place.replaceChildren(...blocks.map(block))
            const {open} = await import(new URL("panel.js", home))
            await open(home, "-start", closed, said, blocks)
        } catch {
            closed()
            said.textContent = "The machine could not be loaded. Are you online?"
        }
    })

    // -- A link that has the text in it, behind the #, which no server gets ------------------------

    const through = async (data, stream) => new Response(new Blob([data]).stream().pipeThrough(stream)).arrayBuffer()
    const packed = async said => {
        const data = new Uint8Array(await through(said, new CompressionStream("deflate-raw")))
        return btoa(Array.from(data, byte => String.fromCharCode(byte)).join("")).replace(/[+/=]/g, sign => SIGNS[sign])
    }
    const unpacked = async said => {
        const data = atob(said.replace(/[-_]/g, sign => sign == "-" ? "+" : "/"))
        return new TextDecoder().decode(await through(Uint8Array.from(data, letter => letter.charCodeAt()), new DecompressionStream("deflate-raw")))
    }
    link.addEventListener("click", async () => {
        const address = new URL(SHARED + await packed(text.value), location)
        try {
            await navigator.clipboard.writeText(address)
            said.textContent = "Copied. The link has the whole text in it: whoever has the link can read it."
        } catch {
            history.replaceState(null, "", address)
            said.textContent = "The link is in the address bar now. It has the whole text in it: whoever has the link can read it."
        }
    })
    const take = async () => {
        if (!location.hash.startsWith(SHARED)) return
        try {
            text.value = await unpacked(location.hash.slice(SHARED.length))
            said.textContent = "The text comes from the link. Press Check."
        } catch {
            said.textContent = "The link is not whole: it has no text that can be read."
        }
        form.scrollIntoView()
    }
    addEventListener("hashchange", take)
    take()
}
