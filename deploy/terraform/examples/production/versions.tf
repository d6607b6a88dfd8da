terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0, < 7.0"
    }
  }

  # State holds the password of Redis: give it a bucket that is encrypted, versioned and closed to all but those who deploy.
  #
  # backend "s3" {
  #   bucket       = "YOUR-STATE-BUCKET"
  #   key          = "hotshelf/production.tfstate"
  #   region       = "eu-central-1"
  #   encrypt      = true
  #   use_lockfile = true
  # }
}
