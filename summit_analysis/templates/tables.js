"use strict"
// search, sort and filter the tables of a page; without this script they are plain tables
for (const box of document.querySelectorAll("[data-filters]")) {
  const say = box.dataset, table = box.querySelector("table")
  for (const figure of table.querySelectorAll("td > data")) figure.parentElement.dataset.order = figure.value
  // on a phone a row is a card, and each cell names its column
  const heads = [...table.tHead.rows[0].cells].map(head => head.textContent.trim())
  for (const row of table.tBodies[0].rows) [...row.cells].forEach((cell, place) => cell.dataset.head = heads[place])
  const made = new DataTable(table, {
    paging: false, order: [], autoWidth: false,
    // of sums the largest are asked for first
    columnDefs: [...table.tBodies[0].rows[0].cells].flatMap((cell, place) =>
      cell.dataset.order === undefined ? [] : [{ targets: place, orderSequence: ["desc", "asc", ""] }]),
    layout: { topStart: "search", topEnd: "info", bottomStart: null, bottomEnd: null },
    language: { search: say.search, info: say.shown, infoFiltered: "", infoEmpty: say.none, zeroRecords: say.none,
      aria: { orderable: say.sort, orderableReverse: say.sort, orderableRemove: say.unsort } },
  })
  const filters = document.createElement("div")
  filters.className = "filters"
  for (const place of say.filters.split(",").filter(Boolean)) {
    const column = made.column(Number(place)), select = document.createElement("select")
    const label = document.createElement("label")
    const texts = new Set([...table.tBodies[0].rows].map(row => row.cells[place].textContent.trim()))
    const sorted = [...texts].filter(Boolean).sort((a, b) => a.localeCompare(b, document.documentElement.lang))
    select.append(new Option(say.any, ""), ...sorted.map(text => new Option(text, text)))
    select.addEventListener("change", () => column.search(select.value, { exact: Boolean(select.value) }).draw())
    label.append(heads[place], " ", select)
    filters.append(label)
  }
  // what is beside a wide table does not scroll with it
  box.prepend(filters, made.table().container().querySelector(".dt-layout-row"))
}
