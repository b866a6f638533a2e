// The deck's own keys. Loaded before anything is painted: a dark room sees no white flash.

// D: dark or light. The choice is kept, and shared with the speaker view; until it is made, the system decides.
{
    const root = document.documentElement, key = "deck-scheme"
    const kept = () => { try { return localStorage.getItem(key) } catch { return null } }
    const system = matchMedia("(prefers-color-scheme: dark)")
    const show = chosen => {
        root.style.colorScheme = chosen ?? ""
        root.dataset.scheme = chosen ?? (system.matches ? "dark" : "light") // for what no colour can say
    }
    show(kept())
    addEventListener("storage", () => show(kept()))
    system.addEventListener("change", () => show(kept()))
    addEventListener("DOMContentLoaded", () => Reveal.addKeyBinding(
        {keyCode: 68, key: "D", description: "Dark or light"},
        () => {
            const scheme = root.dataset.scheme == "dark" ? "light" : "dark"
            show(scheme)
            try { localStorage.setItem(key, scheme) } catch { /* it is not kept, then */ }
        },
    ))
}

// A deck is to be read, slide after slide: Reveal.js tells screen readers that it is an application, and not that the
// number of the slide, which is a link to it, is navigation.
addEventListener("DOMContentLoaded", () => {
    const tell = () => {
        Reveal.getRevealElement().removeAttribute("role")
        const number = document.querySelector(".slide-number")
        number.setAttribute("role", "navigation")
        number.setAttribute("aria-label", "This slide")
    }
    Reveal.isReady() ? tell() : Reveal.on("ready", tell)
})

// ?live: the demo asks a machine. Without it nothing is requested, so a deck on paper or on a stick is the same.
if (new URLSearchParams(location.search).has("live")) addEventListener("DOMContentLoaded", () => {
    const table = document.querySelector("table.demo")
    if (!table) return
    const slide = table.closest("section"), body = table.tBodies[0], rows = body.rows.length
    const source = slide.querySelector(".demo-source"), touch = document.createElement("button")
    const names = ["pid", "user", "served"]

    const add = (typed, said) => {
        const row = body.insertRow()
        row.innerHTML = "<th scope='row'><code></code></th>"
        row.querySelector("code").textContent = typed
        for (const name of names) row.insertCell().textContent = said?.[name] ?? ""
        while (body.rows.length > rows) body.deleteRow(0)
    }
    const ask = async () => {
        if (Reveal.getCurrentSlide() != slide) return
        try {
            const answer = await fetch("/demo/ask")
            if (!answer.ok) throw new Error(await answer.text())
            const {typed, said} = await answer.json()
            add(typed, said)
            source.textContent = "Live"
        } catch (error) {
            source.textContent = `The machine does not answer: ${error.message}`
        }
    }
    touch.textContent = "Touch the WSGI file"
    touch.addEventListener("click", async () => {
        touch.disabled = true
        const {typed} = await (await fetch("/demo/touch", {method: "POST"})).json()
        add(typed)
        touch.disabled = false
    })
    body.replaceChildren()
    source.before(touch)
    Reveal.on("slidechanged", ask)
    setInterval(ask, 1000)
})
