const term = new URLSearchParams(location.search).get("q");
document.getElementById("term").textContent = "You searched " + term;
