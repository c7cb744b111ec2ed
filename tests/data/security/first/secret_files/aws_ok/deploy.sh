export AWS_ACCESS_KEY_ID=$CI_AWS_KEY
aws s3 sync build s3://site
