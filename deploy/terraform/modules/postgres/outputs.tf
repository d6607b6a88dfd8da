output "address" {
  description = "Host name of the primary. It leads to the standby after a failover."
  value       = aws_db_instance.primary.address
}

output "replica_addresses" {
  description = "Host names of the read replicas."
  value       = [for replica in aws_db_instance.replica : replica.address]
}

output "instance_ids" {
  description = "Identifiers of the instances, the primary first, for alarms."
  value       = concat([aws_db_instance.primary.identifier], [for replica in aws_db_instance.replica : replica.identifier])
}

output "owner_secret_arn" {
  description = "Secret that RDS made, with the name and the password of the owner of the database."
  value       = aws_db_instance.primary.master_user_secret[0].secret_arn
}

output "url_secret_arns" {
  description = "Secrets that take DATABASE_URL of the service and of the migrations."
  value       = { for role, secret in aws_secretsmanager_secret.url : role => secret.arn }
}

output "kms_key_arn" {
  description = "Key of the disks, the backups and the owner's secret."
  value       = aws_kms_key.this.arn
}
