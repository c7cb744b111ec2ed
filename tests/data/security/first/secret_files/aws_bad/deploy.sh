export AWS_ACCESS_KEY_ID={{FAKE:aws}}
aws s3 sync build s3://site
