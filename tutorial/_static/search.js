// The ranking of what the search finds, in place of Sphinx's: _ext/website/search.py has what it is made of.
Documentation.TRANSLATIONS[ // by what Sphinx would say, for the page says more
    "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories."
] = "Nothing was found."
DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol != "file:" // a summary is fetched

// An excerpt is of sentences: without listings, and without what stands around the text.
Search.htmlToText = (html, anchor) => {
    const page = new DOMParser().parseFromString(html, "text/html")
    const place = page.querySelector(`[role="main"] ${anchor ?? ""}`) ?? page.querySelector('[role="main"]')
    const left = ".headerlink, script, style, form, nav, pre, .code-block-caption, .snippet-verdict, .lesson-start, .lesson-ran, .inbrowser"
    place.querySelectorAll(left).forEach(it => it.remove())
    return [...place.querySelectorAll("h1, h2, h3, h4, p, dt, th, td, li")].filter(it => !it.querySelector("p, li"))
        .map(it => it.textContent.trim()).filter(it => it).join(" · ")
}

// Whether two words differ by one letter: one too many, one too few, another one, or two that have changed places.
const differByOne = (one, other) => {
    const shorter = Math.min(one.length, other.length)
    let start = 0, end = 0
    while (start < shorter && one[start] === other[start]) start++
    while (end < shorter - start && one.at(-1 - end) === other.at(-1 - end)) end++
    const [left, right] = [one, other].map(it => it.slice(start, it.length - end))
    return left.length < 2 && right.length < 2 || left.length === 2 && right === left[1] + left[0]
}

Search._performSearch = query => {
    const id = title => title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "")
    const places = Search._index.places.map(([page, title, anchor]) => [page, title, anchor === 1 ? id(title) : anchor])
    const rows = Search._index.rows.split(" ").map(row => [...row].map(it => it.codePointAt() - "#".codePointAt()))
        .map(row => row.length % 2 ? row : [Math.round(10 * Math.log(1 + 2 * places.length / row.length)), ...row])
    const words = new Map(Search._index.words.split(" ").map((word, n) => [word, rows[n]])), stemmer = new Stemmer()
    const names = text => text.toLowerCase().replace(/[a-z]+n[’']t\b|[’'](?:s|ll|ve|re|d|m)\b/g, " ")
        .match(/[a-z0-9_]+(?:[-.][a-z0-9_]+)*/g) ?? []
    const stem = word => stopwords.has(word) ? [] : [stemmer.stemWord(word)]
    const set = text => [...new Set(names(text).flatMap(stem))].sort().join(" ")
    // A word that is on no page counts as those that begin with it, or else as those that differ from it by a letter:
    // as it is typed, for a wrong letter can hide its ending from the stemmer, and as its stem.
    const known = [...words.keys()]
    const alikeTo = (word, whole) => {
        if (words.has(word)) return [word]
        const longer = word.length < 3 ? [] : known.filter(it => it.startsWith(word))
        const close = word.length < 4 ? [] : known.filter(it => differByOne(word, it))
        const begun = whole.length < 6 ? [] : known.filter(it => it.length > 4 &&
            [-1, 0, 1].some(more => differByOne(whole.slice(0, it.length + more), it)))
        return [longer, close, begun].find(it => it.length) ?? []
    }
    // A name as it is written counts as a whole, or as its parts.
    const typed = new Map(names(query).flatMap(word =>
        [[word], word.match(/[a-z0-9]+/g)].map(all => all.flatMap(it => stem(it).map(one => [one, alikeTo(one, it)])))
            .find((all, n) => n || all.every(([, alike]) => alike.length))))
    const scores = new Map()
    let sought = 0
    for (const alike of typed.values()) {
        if (!alike.length) continue
        const best = new Map()
        const rare = Math.min(...alike.map(it => words.get(it)[0]))
        sought += rare
        for (const [, ...row] of alike.map(it => words.get(it)))
            for (let n = 0, place = 0; n < row.length; n += 2) {
                place += row[n]
                best.set(place, Math.max(row[n + 1], best.get(place) ?? 0))
            }
        for (const [place, worth] of best) {
            const [sum, met] = scores.get(place) ?? [0, 0]
            scores.set(place, [sum + worth, met + rare])
        }
    }
    // A place that has but some of the words is worth the square of their part; one of that very title, twice as much.
    const meant = [...typed.values()].map(alike => alike.toSorted((one, other) => one.length - other.length)[0]).sort().join(" ")
    const same = place => set(places[place][1]) == meant && !places[place][2].startsWith("term-")
    const found = [...scores].map(([place, [sum, met]]) =>
        [place, sum * (met / sought) ** 2 * (same(place) ? 2 : 1)])
    const titles = new Map(places.filter(([, , anchor]) => !anchor).map(([page, title]) => [page, title]))
    document.getElementById("nothing-found").hidden = found.length > 0
    return found.sort(([, a], [, b]) => a - b).slice(-20).map(([place, score]) => {
        const [page, title, anchor] = places[place]
        const whole = anchor ? `${titles.get(page)} › ${title}` : title
        return [page, whole, anchor && "#" + anchor, null, score, page, SearchResultKind.text]
    })
}

// Results come as one types, once the typing rests. The address follows, so that it can be copied and *Back* leads there.
const field = document.querySelector(".find input")
let resting
field.addEventListener("input", () => {
    clearTimeout(resting)
    resting = setTimeout(() => {
        const address = new URL(location)
        address.searchParams.set("q", field.value)
        history.replaceState(null, "", address)
        document.getElementById("search-results").replaceChildren()
        document.getElementById("nothing-found").hidden = true
        if (field.value.trim()) Search.performSearch(field.value)
    }, 200)
})
