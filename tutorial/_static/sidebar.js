// Runs where the sidebar ends, before anything is painted: the page that is read in sight, and what was done marked.
{
    const tree = document.querySelector(".sidebar-tree"), said = document.getElementById("done")
    const prefix = "lesson-done:" // and the page's name: the panel that runs a lesson sets it
    const stored = () => { // none, where the browser keeps nothing for this site
        try { return Object.keys(localStorage).filter(it => it.startsWith(prefix)) } catch { return [] }
    }

    const mark = () => {
        const done = stored().map(it => it.slice(prefix.length))
        tree.querySelectorAll(".tick").forEach(it => it.remove())
        for (const link of tree.querySelectorAll("[data-page]"))
            if (done.includes(link.dataset.page)) {
                const tick = document.createElement("span")
                Object.assign(tick, {className: "tick", role: "img", ariaLabel: "done", textContent: "✓"})
                link.append("\u00a0", tick)
            }
        said.hidden = !tree.querySelector(".tick")
    }
    said.querySelector("button").addEventListener("click", () => {
        stored().forEach(it => localStorage.removeItem(it))
        mark()
        tree.querySelector("summary").focus() // the button is gone
    })
    addEventListener("storage", mark) // another tab has done one
    addEventListener("lesson-done", mark) // and this one
    mark()

    const now = tree.querySelector(".current-page"), box = tree.closest(".sidebar-scroll")
    const below = now ? now.getBoundingClientRect().bottom - box.getBoundingClientRect().bottom : 0
    if (below > 0) box.scrollTo({top: box.scrollTop + below + box.clientHeight / 3, behavior: "instant"})
}
