"use strict";
// Everything here is a help: without scripts the page shows the drawn charts, the whole record and working filters.
(function () {
  var find = document.getElementById("find");
  if (find) {
    find.hidden = false;
    find.form.addEventListener("submit", function (event) { event.preventDefault(); });
    find.addEventListener("input", function () {
      var wanted = find.value.trim().toLowerCase();
      document.querySelectorAll(".record > li").forEach(function (row) {
        row.classList.toggle("unfound", wanted !== "" && row.textContent.toLowerCase().indexOf(wanted) < 0);
      });
    });
  }

  document.querySelectorAll("#knew code").forEach(function (command) {
    if (!navigator.clipboard || command.textContent.indexOf("timeline ") !== 0) { return; }
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = "copy";
    button.setAttribute("aria-label", "Copy the command " + command.textContent);
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(command.textContent).then(
        function () { button.textContent = "copied"; }, function () { button.textContent = "select and copy it"; });
    });
    command.insertAdjacentElement("afterend", button);
  });

  var place = document.getElementById("sli-live"), data = document.getElementById("sli-live-data");
  if (!place || !data || !window.Plotly) { return; }
  var text = data.textContent, dark = window.matchMedia("(prefers-color-scheme: dark)");

  function coloured() {
    var style = getComputedStyle(document.documentElement);
    return JSON.parse(text, function (key, value) {
      return typeof value === "string" && /^--[a-z-]+$/.test(value) ? style.getPropertyValue(value).trim() : value;
    });
  }
  function draw() {
    var figure = coloured();
    return window.Plotly.react(place, figure.data, figure.layout, figure.config);
  }
  place.hidden = false;
  place.closest("figure").classList.add("has-live");
  draw().catch(function () {
    place.hidden = true;
    place.closest("figure").classList.remove("has-live");
  });
  dark.addEventListener("change", draw);
})();
