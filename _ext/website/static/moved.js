// Lead on whoever asks for a section that has moved and, on a page that is gone, whoever asks for that.
{
    const leadOn = () => {
        const asked = document.getElementById(location.hash.slice(1))
        const line = asked?.matches(".moved") ? asked : document.querySelector(".gone")
        const link = line?.querySelector("a")
        if (link) location.replace(link.href)
    }
    leadOn()
    addEventListener("hashchange", leadOn) // by a link on the page itself
}
