// What furo offers to mice alone, for keyboards and screen readers. Without JavaScript the style sheet does what it can.

// A block that scrolls is reached with Tab, and then moved with the arrow keys.
{
    const blocks = document.querySelectorAll("article pre, article .table-wrapper")
    const reach = () => blocks.forEach(it =>
        it.scrollWidth > it.clientWidth ? it.tabIndex = 0 : it.removeAttribute("tabindex"))
    new ResizeObserver(reach).observe(document.querySelector("article"))
}

// The two drawers of a narrow screen: a button opens one and goes there, Escape closes it and comes back.
for (const name of ["__navigation", "__toc"]) {
    const box = document.getElementById(name)
    const drawer = document.querySelector(name == "__toc" ? ".toc-drawer" : ".sidebar-drawer")
    const buttons = [...document.querySelectorAll(`.page label[for=${name}]`)].map(label => {
        const button = document.createElement("button")
        button.className = label.className
        button.ariaLabel = box.ariaLabel
        button.append(...label.childNodes)
        button.addEventListener("click", () => turn(!box.checked))
        label.replaceWith(button)
        return button
    })
    const tell = () => buttons.forEach(it => it.ariaExpanded = box.checked)
    const turn = open => {
        box.checked = open
        tell()
        if (open) [...drawer.querySelectorAll("a")].find(it => it.checkVisibility())?.focus()
        else buttons.find(it => it.checkVisibility())?.focus()
    }
    box.addEventListener("change", tell) // by a click beside the drawer
    addEventListener("keydown", event => { if (event.key == "Escape" && box.checked) turn(false) })
    tell()
}

// An address that leads nowhere: its words are what was looked for.
{
    const lost = document.querySelector("#lost input")
    if (lost) lost.value = decodeURIComponent(location.pathname).replace(/\.html$/, "").match(/[^/]*\/?$/)[0].replace(/\W+/g, " ").trim()
}
