"use strict";
// Everything here is a help: without scripts the page shows the drawn charts, the whole record and working filters.
(function () {
  var rows = Array.prototype.slice.call(document.querySelectorAll(".record > li"));
  var bar = document.querySelector(".bar"), find = document.getElementById("find");

  // Marks in the charts go with their lines in the record.
  function follow() {
    var shown = {};
    rows.forEach(function (row) { shown[row.dataset.entry] = getComputedStyle(row).display !== "none"; });
    document.querySelectorAll("svg [data-event]").forEach(function (mark) {
      mark.classList.toggle("unfound", shown[mark.getAttribute("data-event")] === false);
    });
  }
  bar.addEventListener("submit", function (event) { event.preventDefault(); });
  bar.addEventListener("change", follow);
  find.hidden = false;
  find.addEventListener("input", function () {
    var wanted = find.value.trim().toLowerCase();
    rows.forEach(function (row) {
      row.classList.toggle("unfound", wanted !== "" && row.textContent.toLowerCase().indexOf(wanted) < 0);
    });
    follow();
  });

  function copier(command) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = "copy";
    button.setAttribute("aria-label", "Copy the command");
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(command.textContent).then(
        function () { button.textContent = "copied"; }, function () { button.textContent = "select and copy it"; });
    });
    return button;
  }
  document.querySelectorAll("#knew code").forEach(function (command) {
    if (navigator.clipboard && command.textContent.indexOf("timeline ") === 0) {
      command.insertAdjacentElement("afterend", copier(command));
    }
  });

  // An entry, chosen in the record or in a chart, gives the command that marks a milestone at its time.
  var form = document.getElementById("pick"), open = null;
  function close() {
    if (!open) { return; }
    open.querySelector(".pick").remove();
    open.querySelector(".no button").setAttribute("aria-expanded", "false");
    open = null;
  }
  function pick(row) {
    var again = open === row;
    close();
    if (again) { return; }
    var box = document.importNode(form.content, true).firstElementChild;
    var choice = box.querySelector("select"), command = box.querySelector("code");
    function say() {
      command.textContent = "timeline mark " + command.dataset.ref + " " + choice.value + " " + row.dataset.at +
        " --event " + row.dataset.entry;
    }
    say();
    choice.addEventListener("change", say);
    if (navigator.clipboard) { box.appendChild(copier(command)); }
    box.addEventListener("keydown", function (event) {
      if (event.key === "Escape") { close(); row.querySelector(".no button").focus(); }
    });
    row.appendChild(box);
    row.querySelector(".no button").setAttribute("aria-expanded", "true");
    open = row;
  }
  if (form) {
    document.getElementById("pick-help").hidden = false;
    rows.forEach(function (row) {
      var number = row.querySelector(".no");
      if (!row.dataset.entry || !number.textContent) { return; }
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = number.textContent;
      button.setAttribute("aria-expanded", "false");
      button.setAttribute("aria-label", number.textContent + ": mark a milestone at its time");
      button.addEventListener("click", function () { pick(row); });
      number.replaceChildren(button);
    });
    document.querySelectorAll(".drawn").forEach(function (chart) {
      chart.addEventListener("click", function (event) {
        var mark = event.target.closest("[data-event]");
        var row = mark && rows.find(function (one) { return one.dataset.entry === mark.getAttribute("data-event"); });
        if (!row) { return; }
        if (open !== row) { pick(row); }
        row.scrollIntoView({ block: "center" });
        row.querySelector(".pick select").focus();
      });
    });
  }

  // Live charts: values as the page holds them, colours as its style has them now.
  if (!window.Plotly) { return; }
  var dark = window.matchMedia("(prefers-color-scheme: dark)"), drawn = [];
  function read(id) {
    var data = document.getElementById(id), style = getComputedStyle(document.documentElement);
    return data && JSON.parse(data.textContent, function (key, value) {
      return typeof value === "string" && /^--[a-z-]+$/.test(value) ? style.getPropertyValue(value).trim() : value;
    });
  }
  function unpack(line) {
    line.x = line.x.map(function (step) { return line.x0 + step * line.dx; });
    delete line.x0;
    delete line.dx;
    return line;
  }
  function draw(place, make) {
    var figure = make();
    return window.Plotly.react(place, figure.data.map(unpack), figure.layout, figure.config);
  }
  dark.addEventListener("change", function () {
    drawn.forEach(function (one) { draw(one.place, one.make); });
  });

  var place = document.getElementById("sli-live");
  if (place) {
    var deciding = function () { return read("sli-live-data"); };
    place.hidden = false;
    place.closest("figure").classList.add("has-live");
    draw(place, deciding).then(function () { drawn.push({ place: place, make: deciding }); }, function () {
      place.hidden = true;
      place.closest("figure").classList.remove("has-live");
    });
  }

  var signals = document.getElementById("signals");
  if (signals) {
    signals.hidden = false;
    signals.querySelectorAll("details").forEach(function (fold, number) {
      fold.addEventListener("toggle", function () {
        var box = fold.querySelector(".live");
        if (!fold.open || box.firstChild) { return; }
        var make = function () {
          var all = read("signals-data"), chart = all.charts[number];
          all.layout.yaxis = chart.yaxis;
          var data = chart.lines.map(function (line) {
            line.type = "scatter";
            line.mode = "lines";
            line.hovertemplate = "%{y:.3~g}";
            return line;
          });
          return { data: data, layout: all.layout, config: all.config };
        };
        draw(box, make).then(function () { drawn.push({ place: box, make: make }); });
      });
    });
  }
})();
