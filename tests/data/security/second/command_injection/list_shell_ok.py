import subprocess

from django.http import HttpResponse


def lookup(request):
    name = request.POST.get("name")
    args = ["nslookup", name]
    done = subprocess.run(args, capture_output=True)
    return HttpResponse(done.returncode)
