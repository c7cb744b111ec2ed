<?php
define('DB_NAME', 'blog');
define('DB_PASSWORD', getenv('DB_PASSWORD'));
