# What AWS alone can see: the balancer, Redis and Postgres. The service's own metrics have their alerts in
# docker/prometheus/rules, which the Kubernetes manifests bring along.

data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "topic_key" {
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [data.aws_caller_identity.current.account_id]
    }
  }

  # Without it alarms are lost without a word: CloudWatch may not use the key that AWS manages for SNS.
  statement {
    sid       = "Alarms"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }
  }
}

resource "aws_kms_key" "topic" {
  description             = "Alarms of ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.topic_key.json

  tags = var.tags
}

resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = aws_kms_key.topic.key_id

  tags = var.tags
}

resource "aws_sns_topic_subscription" "email" {
  for_each = var.email_addresses

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

# --- the balancer ---

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${var.name}-errors"
  alarm_description   = "More than ${var.limits.error_ratio * 100} % of the answers are server errors"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.limits.error_ratio
  evaluation_periods  = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  metric_query {
    id          = "ratio"
    expression  = "(FILL(pods, 0) + FILL(balancer, 0)) / requests"
    label       = "Server errors per request"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = {
      pods     = "HTTPCode_Target_5XX_Count"
      balancer = "HTTPCode_ELB_5XX_Count"
      requests = "RequestCount"
    }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value
        period      = 60
        stat        = "Sum"
        dimensions  = { LoadBalancer = var.edge.load_balancer }
      }
    }
  }

  tags = var.tags
}

resource "aws_cloudwatch_metric_alarm" "slow" {
  alarm_name          = "${var.name}-slow"
  alarm_description   = "99 of 100 answers took up to more than ${var.limits.p99_seconds} s"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "TargetResponseTime"
  extended_statistic  = "p99"
  dimensions          = { LoadBalancer = var.edge.load_balancer }
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.limits.p99_seconds
  period              = 60
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  tags = var.tags
}

resource "aws_cloudwatch_metric_alarm" "no_pod" {
  alarm_name        = "${var.name}-no-pod"
  alarm_description = "The balancer has no pod that is ready"
  namespace         = "AWS/ApplicationELB"
  metric_name       = "HealthyHostCount"
  statistic         = "Minimum"
  dimensions = {
    LoadBalancer = var.edge.load_balancer
    TargetGroup  = var.edge.target_group
  }
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  tags = var.tags
}

# --- Redis and Postgres ---

locals {
  redis = {
    cpu    = { metric = "EngineCPUUtilization", above = var.limits.redis_cpu_percent, text = "its one thread is busy" }
    memory = { metric = "DatabaseMemoryUsagePercentage", above = var.limits.redis_memory_percent, text = "its memory is full: it evicts" }
  }
  redis_alarms = {
    for pair in setproduct(var.redis_node_ids, keys(local.redis)) : "${pair[0]}-${pair[1]}" => merge(local.redis[pair[1]], { node = pair[0] })
  }

  postgres = {
    cpu         = { metric = "CPUUtilization", above = var.limits.postgres_cpu_percent, text = "its processors are busy" }
    connections = { metric = "DatabaseConnections", above = var.limits.postgres_connections, text = "its connections run out" }
  }
  postgres_alarms = {
    for pair in setproduct(var.postgres_instance_ids, keys(local.postgres)) : "${pair[0]}-${pair[1]}" => merge(local.postgres[pair[1]], { instance = pair[0] })
  }
  replica_ids = toset(slice(var.postgres_instance_ids, 1, length(var.postgres_instance_ids)))
}

resource "aws_cloudwatch_metric_alarm" "redis" {
  for_each = local.redis_alarms

  alarm_name          = "${var.name}-redis-${each.key}"
  alarm_description   = "Redis ${each.value.node}: ${each.value.text}"
  namespace           = "AWS/ElastiCache"
  metric_name         = each.value.metric
  statistic           = "Maximum"
  dimensions          = { CacheClusterId = each.value.node }
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  period              = 60
  evaluation_periods  = 5
  treat_missing_data  = "missing"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  tags = var.tags
}

resource "aws_cloudwatch_metric_alarm" "postgres" {
  for_each = local.postgres_alarms

  alarm_name          = "${var.name}-postgres-${each.key}"
  alarm_description   = "Postgres ${each.value.instance}: ${each.value.text}"
  namespace           = "AWS/RDS"
  metric_name         = each.value.metric
  statistic           = "Maximum"
  dimensions          = { DBInstanceIdentifier = each.value.instance }
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  period              = 60
  evaluation_periods  = 5
  treat_missing_data  = "missing"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  tags = var.tags
}

resource "aws_cloudwatch_metric_alarm" "postgres_disk" {
  for_each = toset(var.postgres_instance_ids)

  alarm_name          = "${var.name}-postgres-${each.value}-disk"
  alarm_description   = "Postgres ${each.value}: less than ${var.limits.postgres_free_gib} GiB of disk are free"
  namespace           = "AWS/RDS"
  metric_name         = "FreeStorageSpace"
  statistic           = "Minimum"
  dimensions          = { DBInstanceIdentifier = each.value }
  comparison_operator = "LessThanThreshold"
  threshold           = var.limits.postgres_free_gib * 1024 * 1024 * 1024
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "missing"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  tags = var.tags
}

resource "aws_cloudwatch_metric_alarm" "replica_lag" {
  for_each = local.replica_ids

  alarm_name          = "${var.name}-postgres-${each.value}-lag"
  alarm_description   = "Postgres ${each.value} is more than ${var.limits.replica_lag_seconds} s behind its primary"
  namespace           = "AWS/RDS"
  metric_name         = "ReplicaLag"
  statistic           = "Maximum"
  dimensions          = { DBInstanceIdentifier = each.value }
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.limits.replica_lag_seconds
  period              = 60
  evaluation_periods  = 5
  treat_missing_data  = "missing"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  tags = var.tags
}
