output "cluster_name" {
  description = "Name of the cluster: aws eks update-kubeconfig --name NAME."
  value       = module.cluster.name
}

output "balancer_dns_name" {
  description = "Name of the balancer, which the public name is an alias of."
  value       = module.edge.dns_name
}

output "target_group_arn" {
  description = "Target group of the TargetGroupBinding."
  value       = module.edge.target_group_arn
}

output "postgres_address" {
  description = "Host name of the primary."
  value       = module.postgres.address
}

output "secret_arns" {
  description = "Secrets of the service: REDIS_URL, DATABASE_URL, DATABASE_URL of the migrations, and the owner of the database."
  value = {
    redis_url    = module.redis.url_secret_arn
    database_url = module.postgres.url_secret_arns["service"]
    migrate_url  = module.postgres.url_secret_arns["migrate"]
    owner        = module.postgres.owner_secret_arn
  }
}

output "alarm_topic_arn" {
  description = "Topic that every alarm is sent to."
  value       = module.observability.topic_arn
}
