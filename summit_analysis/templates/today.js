"use strict"
// a citation names the day on which the page was read; without this script the day on which it was made
const day = document.querySelector(".citation time"), now = new Date()
day.textContent = now.toLocaleDateString(document.documentElement.lang === "en" ? "en-GB" : "fr", { dateStyle: "long" })
day.dateTime = now.toISOString().slice(0, 10)
