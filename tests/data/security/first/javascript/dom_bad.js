const term = new URLSearchParams(location.search).get("q");
document.getElementById("term").innerHTML = "You searched " + term;
