output "configuration_endpoint" {
  description = "Host name by which clients find the nodes."
  value       = local.host
}

output "url_secret_arn" {
  description = "Secret that holds REDIS_URL."
  value       = aws_secretsmanager_secret.url.arn
}

output "replication_group_id" {
  description = "Id of the replication group, for alarms. Its nodes are ID-0001-001, ID-0001-002 and so on."
  value       = aws_elasticache_replication_group.this.id
}

output "node_ids" {
  description = "Ids of all nodes, for alarms."
  value = flatten([
    for shard in range(1, var.shards + 1) : [
      for node in range(1, var.replicas_per_shard + 2) : format("%s-%04d-%03d", var.name, shard, node)
    ]
  ])
}
