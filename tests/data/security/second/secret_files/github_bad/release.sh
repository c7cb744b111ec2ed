curl -H "Authorization: token {{FAKE:github}}" https://api.github.test/repos
