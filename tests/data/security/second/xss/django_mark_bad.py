from django.shortcuts import render
from django.utils.safestring import mark_safe


def profile(request):
    bio = mark_safe("<p>" + request.GET.get("bio", "") + "</p>")
    return render(request, "profile.html", {"bio": bio})
