output "name" {
  description = "Name of the cluster: aws eks update-kubeconfig --name NAME."
  value       = aws_eks_cluster.this.name
}

output "endpoint" {
  description = "Address of the API server."
  value       = aws_eks_cluster.this.endpoint
}

output "certificate_authority_data" {
  description = "Certificate of the API server's authority, in base64."
  value       = aws_eks_cluster.this.certificate_authority[0].data
}

output "security_group_id" {
  description = "Security group of the nodes and their pods: what Redis and Postgres let in, and what the balancer sends to."
  value       = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
}

output "autoscaling_group_names" {
  description = "Auto Scaling groups of the nodes, which the cluster autoscaler sizes."
  value       = [for group in aws_eks_node_group.graviton.resources[0].autoscaling_groups : group.name]
}
