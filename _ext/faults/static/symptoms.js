// The list of symptoms, filtered in place by what is typed or pasted: a line of a log, a status, words.
{
    const field = document.querySelector(".find-symptom input"), said = document.querySelector(".find-symptom .found")
    const words = text => new Set(text.toLowerCase().replace(/[‘’]/g, "'").match(/[a-z0-9_]+(?:[-.%][a-z0-9_]+)*/g) ?? [])
    // What each line of a log has, and what stands in all rows, says nothing.
    const usual = new Set(["error", "pid", "client", "remote", "mod_wsgi", "the", "a", "is", "in", "of", "to", "and", "or", "not", "nothing"])
    const rows = [...document.querySelectorAll("table.symptoms tbody tr")].map(row => {
        const section = row.closest("section")
        const messages = [...row.cells[0].querySelectorAll("code")].map(it => words(it.textContent))
        return {row, section, messages, all: words(row.textContent + " " + section.querySelector("h2").textContent)}
    })
    const count = new Map()
    for (const word of rows.flatMap(it => [...it.all])) count.set(word, 1 + (count.get(word) ?? 0))
    const rare = word => usual.has(word) ? 0 : Math.log(1 + rows.length / (1 + (count.get(word) ?? 0)))
    const sum = set => [...set].reduce((all, word) => all + rare(word), 0)
    const part = (set, of) => sum(set) && sum([...set].filter(word => of.has(word))) / sum(set)

    // A pasted line has a row's message in it; a few typed words are in the row.
    const worth = (it, typed) => Math.max(part(typed, it.all), ...it.messages.map(message =>
        message.size > 1 || /^(ah|wsgi)\d/.test([...message][0]) ? part(message, typed) : 0))

    const filter = () => {
        const typed = words(field.value)
        const some = sum(typed) > 0
        const worths = rows.map(it => some ? worth(it, typed) : 1)
        const enough = Math.max(0.5, 0.8 * Math.max(...worths))
        rows.forEach((it, n) => it.row.hidden = some && worths[n] < enough)
        for (const section of new Set(rows.map(it => it.section)))
            section.hidden = rows.every(it => it.section != section || it.row.hidden)
        const left = rows.filter(it => !it.row.hidden).length
        said.textContent = !some ? "" : left ? `${left} of ${rows.length} symptoms` :
            "No symptom has these words. Try the words of the message without your own names and paths, or search all pages."
    }
    field.value = new URLSearchParams(location.search).get("q") ?? ""
    field.addEventListener("input", filter)
    field.addEventListener("keydown", event => { if (event.key == "Enter") event.preventDefault() }) // it is filtered
    if (field.value) filter()
}
