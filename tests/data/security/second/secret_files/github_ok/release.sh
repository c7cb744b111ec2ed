curl -H "Authorization: token $GITHUB_TOKEN" https://api.github.test/repos
