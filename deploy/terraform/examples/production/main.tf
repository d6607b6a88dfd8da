provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

data "aws_availability_zones" "available" {
  state = "available"
}

locals {
  tags = {
    Application = "hotshelf"
    Environment = "production"
    ManagedBy   = "terraform"
  }
  zones = length(var.availability_zones) > 0 ? var.availability_zones : slice(data.aws_availability_zones.available.names, 0, 3)
  # Those who may connect to Redis and Postgres.
  clients = { pods = module.cluster.security_group_id }
}

module "network" {
  source = "../../modules/network"

  name               = var.name
  availability_zones = local.zones
}

module "cluster" {
  source = "../../modules/cluster"

  name             = var.name
  subnet_ids       = module.network.private_subnet_ids
  api_server_cidrs = var.api_server_cidrs
  admin_role_arns  = var.admin_role_arns
  nodes            = var.nodes
}

module "redis" {
  source = "../../modules/redis"

  name                      = var.name
  vpc_id                    = module.network.vpc_id
  subnet_ids                = module.network.data_subnet_ids
  client_security_group_ids = local.clients
  node_type                 = var.redis.node_type
  shards                    = var.redis.shards
  replicas_per_shard        = var.redis.replicas_per_shard
}

module "postgres" {
  source = "../../modules/postgres"

  name                      = var.name
  vpc_id                    = module.network.vpc_id
  subnet_ids                = module.network.data_subnet_ids
  client_security_group_ids = local.clients
  instance_class            = var.postgres.instance_class
  max_connections           = var.postgres.max_connections
  read_replicas             = var.postgres.read_replicas
}

module "edge" {
  source = "../../modules/edge"

  name                  = var.name
  vpc_id                = module.network.vpc_id
  subnet_ids            = module.network.public_subnet_ids
  pod_security_group_id = module.cluster.security_group_id
  certificate_arn       = var.certificate_arn
}

module "observability" {
  source = "../../modules/observability"

  name                  = var.name
  email_addresses       = var.alarm_email_addresses
  edge                  = module.edge.metric_names
  redis_node_ids        = module.redis.node_ids
  postgres_instance_ids = module.postgres.instance_ids

  limits = {
    postgres_connections = floor(var.postgres.max_connections * 0.8)
  }
}

module "roles" {
  source = "../../modules/roles"

  name                    = var.name
  cluster_name            = module.cluster.name
  target_group_arn        = module.edge.target_group_arn
  autoscaling_group_names = module.cluster.autoscaling_group_names

  secret_arns = {
    redis   = module.redis.url_secret_arn
    service = module.postgres.url_secret_arns["service"]
    migrate = module.postgres.url_secret_arns["migrate"]
  }
}
