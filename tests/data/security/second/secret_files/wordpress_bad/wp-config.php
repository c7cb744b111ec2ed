<?php
define('DB_NAME', 'blog');
define('DB_PASSWORD', '{{FAKE:word}}');
