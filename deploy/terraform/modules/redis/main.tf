locals {
  # In a URL: no character that has to be escaped.
  password = random_password.service.result
  host     = aws_elasticache_replication_group.this.configuration_endpoint_address
  url      = "rediss://${aws_elasticache_user.service.user_name}:${local.password}@${local.host}:6379"
  # The rights of docker/redis/users.acl, and two that a cluster needs.
  commands = [
    "ping",
    "info",
    "client|id",
    "client|setname",
    "client|setinfo",
    "client|tracking",
    "subscribe",
    "eval",
    "evalsha",
    "get",
    "set",
    "del",
    "unlink",
    "scan",
    "pttl",
    "pexpire",
    "time",
    "cluster|slots",
    "cluster|info",
  ]
}

resource "aws_elasticache_subnet_group" "this" {
  name        = var.name
  description = "Nodes of ${var.name}"
  subnet_ids  = var.subnet_ids

  tags = var.tags
}

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-redis-"
  description = "Redis of ${var.name}: only the service's pods connect"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-redis" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "client" {
  for_each = var.client_security_group_ids

  security_group_id            = aws_security_group.this.id
  referenced_security_group_id = each.value
  description                  = each.key
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379

  tags = var.tags
}

# As docker/redis/redis.conf, which has the reasons.
resource "aws_elasticache_parameter_group" "this" {
  name        = var.name
  description = "A cache whose coordination lies beside the entries"
  family      = var.engine.parameter_family

  dynamic "parameter" {
    for_each = {
      cluster-enabled  = "yes"
      maxmemory-policy = "volatile-lru"
      # For connections, scripts and replication: with less, a node swaps before it evicts.
      reserved-memory-percent                        = "25"
      client-output-buffer-limit-pubsub-hard-limit   = "8388608"
      client-output-buffer-limit-pubsub-soft-limit   = "2097152"
      client-output-buffer-limit-pubsub-soft-seconds = "10"
      lazyfree-lazy-user-flush                       = "yes"
      tcp-keepalive                                  = "30"
      timeout                                        = "0"
    }

    content {
      name  = parameter.key
      value = parameter.value
    }
  }

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "random_password" "service" {
  length  = 48
  special = false
}

resource "aws_elasticache_user" "service" {
  user_id       = "${var.name}-service"
  user_name     = "hotshelf"
  engine        = var.engine.name
  access_string = "on ~${var.key_prefix}* resetchannels &__redis__:invalidate -@all ${join(" ", formatlist("+%s", local.commands))}"

  authentication_mode {
    type      = "password"
    passwords = [local.password]
  }

  tags = var.tags
}

# A group must hold a user named default: this one can do nothing, and its password is thrown away.
resource "random_password" "default" {
  length  = 48
  special = false
}

resource "aws_elasticache_user" "default" {
  user_id       = "${var.name}-default"
  user_name     = "default"
  engine        = var.engine.name
  access_string = "off -@all"

  authentication_mode {
    type      = "password"
    passwords = [random_password.default.result]
  }

  tags = var.tags
}

resource "aws_elasticache_user_group" "this" {
  user_group_id = var.name
  engine        = var.engine.name
  user_ids      = [aws_elasticache_user.default.user_id, aws_elasticache_user.service.user_id]

  tags = var.tags
}

resource "aws_cloudwatch_log_group" "slow" {
  name              = "/elasticache/${var.name}/slow-log"
  retention_in_days = var.log_retention_days

  tags = var.tags
}

resource "aws_elasticache_replication_group" "this" {
  replication_group_id = var.name
  description          = "Shared tier of ${var.name}"
  engine               = var.engine.name
  engine_version       = var.engine.version
  node_type            = var.node_type
  port                 = 6379
  parameter_group_name = aws_elasticache_parameter_group.this.name
  subnet_group_name    = aws_elasticache_subnet_group.this.name
  security_group_ids   = [aws_security_group.this.id]
  user_group_ids       = [aws_elasticache_user_group.this.user_group_id]

  cluster_mode               = "enabled"
  num_node_groups            = var.shards
  replicas_per_node_group    = var.replicas_per_shard
  automatic_failover_enabled = true
  multi_az_enabled           = true

  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  at_rest_encryption_enabled = true

  # A cache that comes back from a snapshot holds yesterday's entries.
  snapshot_retention_limit   = 0
  auto_minor_version_upgrade = false
  apply_immediately          = false
  maintenance_window         = var.maintenance_window

  log_delivery_configuration {
    log_type         = "slow-log"
    log_format       = "json"
    destination_type = "cloudwatch-logs"
    destination      = aws_cloudwatch_log_group.slow.name
  }

  tags = var.tags
}

resource "aws_secretsmanager_secret" "url" {
  name_prefix = "${var.name}/redis-url-"
  description = "REDIS_URL of the service"

  tags = var.tags
}

# Several addresses mean a cluster to the service, so the one address of ElastiCache stands twice.
resource "aws_secretsmanager_secret_version" "url" {
  secret_id     = aws_secretsmanager_secret.url.id
  secret_string = "${local.url},${local.url}"
}
